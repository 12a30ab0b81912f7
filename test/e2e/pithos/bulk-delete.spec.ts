import { containerKey } from '../../../apps/pithos/src/node/path.js';
import { startStore, type Store, type TestUser } from './harness.js';

const JSON_TEXT = { 'content-type': 'text/plain', accept: 'application/json' };

describe('bulk delete', () => {
  let store: Store;
  let user: TestUser;
  const bulk = async (names: readonly string[], accept = 'application/json') => {
    const headers = { ...JSON_TEXT, accept };
    const reply = await store.swift(user, 'POST', '?bulk-delete', { body: names.join('\n'), headers });
    expect(reply.status).toBe(200);
    return reply.text;
  };
  const report = async (names: readonly string[]) => JSON.parse(await bulk(names)) as Record<string, unknown>;

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
  });

  beforeEach(async () => {
    for (const name of ['a', 'b']) await store.swift(user, 'PUT', `/${name}`);
  });

  afterAll(() => store.close());

  it('looks many names up at once', async () => {
    const query = jest.spyOn(store.dataSource.manager, 'query');
    const names = Array.from({ length: 10_000 }, (_, i) => `/${i % 3 === 0 ? 'a' : `none${i}`}/o${i}`);
    expect(await report(names)).toMatchObject({
      'Number Deleted': 0,
      'Number Not Found': 10_000,
      Errors: [],
    });
    expect(query.mock.calls.length).toBeLessThan(200);
    query.mockRestore();
  });

  it('deletes many objects with few commissions, and gives all bytes back', async () => {
    const names = Array.from({ length: 24 }, (_, i) => `/${i % 2 === 0 ? 'a' : 'b'}/n%20${i}`);
    for (const name of names) await store.swift(user, 'PUT', name, { body: 'same' });
    await store.swift(user, 'PUT', '/a/kept', { body: 'kept' });
    const issue = jest.spyOn(store.astakosClient, 'issueCommission');
    const found = await report([...names, '/a/n%200', '/b', '/a', '/a/none']);
    expect(issue.mock.calls.length).toBeLessThan(6);
    issue.mockRestore();
    expect(found).toMatchObject({
      'Number Deleted': 25,
      'Number Not Found': 2,
      'Response Status': '400 Bad Request',
      Errors: [['/a', '409 Container is not empty']],
    });
    expect((await store.swift(user, 'HEAD', '/a')).headers.get('x-container-object-count')).toBe('1');
    expect((await store.swift(user, 'HEAD', '/b')).status).toBe(404);
    expect((await store.swift(user, 'GET', '/a/kept')).text).toBe('kept');
    expect(await store.usage(user)).toBe(4n);
    const loose: { count: string }[] = await store.dataSource.query(`SELECT count(*) FROM loose_map`);
    expect(Number(loose[0]?.count)).toBeGreaterThanOrEqual(24);
  });

  it('reports names that are no text, and goes on', async () => {
    await store.swift(user, 'PUT', '/a/o', { body: 'x' });
    expect(await report(['/a/%ff', '/a/x%00', '/a/o'])).toMatchObject({
      'Number Deleted': 1,
      Errors: [
        ['/a/%ff', '412 Invalid UTF8 or contains NULL'],
        ['/a/x%00', '412 Invalid UTF8 or contains NULL'],
      ],
    });
    expect(await bulk(['/a/none'], 'application/xml')).toMatch(/^<\?xml .*<number_not_found>1</s);
  });

  it('deletes nothing of others', async () => {
    const other = await store.newUser();
    await store.swift(user, 'PUT', '/a/o', { body: 'x' });
    const init = { account: user.uuid, body: '/a/o\n/b', headers: JSON_TEXT };
    const reply = await store.swift(other, 'POST', '?bulk-delete', init);
    expect(JSON.parse(reply.text)).toMatchObject({
      'Number Deleted': 0,
      Errors: [
        ['/a/o', expect.stringMatching(/^403/)],
        ['/b', expect.stringMatching(/^403/)],
      ],
    });
    expect((await store.swift(user, 'HEAD', '/a/o')).status).toBe(200);
  });

  it('sends white space while it works', async () => {
    await store.swift(user, 'PUT', '/a/o', { body: 'x' });
    const runner = store.dataSource.createQueryRunner();
    await runner.startTransaction();
    const path = containerKey({ account: user.uuid, container: 'a' });
    await runner.query('SELECT id FROM node WHERE path = $1 FOR UPDATE', [path]);
    const reply = await fetch(`${store.url}/v1/AUTH_${user.uuid}?bulk-delete`, {
      method: 'POST',
      headers: { ...JSON_TEXT, 'x-auth-token': user.token },
      body: '/a/o',
    });
    const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^\s+$/);
    await runner.commitTransaction();
    await runner.release();
    let text = '';
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
      text += part.value;
    expect(reply.status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ 'Number Deleted': 1, Errors: [] });
  });
});
