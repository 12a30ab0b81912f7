import { randomUUID } from 'node:crypto';

import { DataSource } from '@synnefo/database';

import { startStore, type Answer, type Store, type TestUser } from './harness.js';

const DIALECTS = ['swift', 'pithos'] as const;

describe('requests that are not what they seem', () => {
  let store: Store;
  let user: TestUser;
  const swift = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    store.swift(user, method, path, { headers, ...(body === undefined ? {} : { body }) });
  const typeOf = async (path: string) => (await swift('HEAD', path)).headers.get('content-type');

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
    await store.swift(user, 'PUT', '/c');
  });

  afterAll(() => store.close());

  it.each(DIALECTS)('refuses static large objects instead of keeping their list (%s)', async (dialect) => {
    const put = await store[dialect](user, 'PUT', '/c/slo?multipart-manifest=put', {
      body: '[{"path": "/c/part"}]',
      headers: { 'content-type': 'a/b' },
    });
    expect(put.status).toBe(400);
    expect(put.text).toContain('Static large objects are not supported');
    expect((await swift('HEAD', '/c/slo')).status).toBe(404);
  });

  it.each(['', 'foo', 'foo bar/', ';'])('guesses the type when Content-Type is %j', async (type) => {
    expect((await swift('PUT', '/c/a.json', { 'content-type': type }, '{}')).status).toBe(201);
    expect(await typeOf('/c/a.json')).toBe('application/json');
    expect((await swift('PUT', '/c/plain', { 'content-type': type }, 'x')).status).toBe(201);
    expect(await typeOf('/c/plain')).toBe('application/octet-stream');
    expect((await swift('POST', '/c/a.json', { 'content-type': type })).status).toBe(202);
    expect(await typeOf('/c/a.json')).toBe('application/json');
    expect((await swift('POST', '/c', { 'content-type': type })).status).toBe(204);
    expect((await swift('POST', '', { 'content-type': type })).status).toBe(204);
  });

  it('wants a Content-Type on the other mount', async () => {
    const put = (type: string) =>
      store.pithos(user, 'PUT', '/c/p.css', { body: 'x', headers: { 'content-type': type } });
    expect((await put('')).status).toBe(411);
    expect((await put('foo')).status).toBe(201);
    expect(await typeOf('/c/p.css')).toBe('text/css');
  });

  it('refuses paths that are not UTF-8', async () => {
    expect((await swift('GET', '/c/%ff')).status).toBe(412);
    expect((await swift('PUT', '/c/%ff%fe', {}, 'x')).status).toBe(412);
    expect((await swift('PUT', '/%c3%28')).status).toBe(412);
    expect((await swift('GET', '/c/a%00b')).status).toBe(412);
    expect((await store.pithos(user, 'GET', '/c/%ff')).status).toBe(400);
    const nobody = await fetch(`${store.url}/v1/AUTH_${user.uuid}/c/%ff`);
    expect(nobody.status).toBe(401);
  });

  it('lets no NUL through to the database', async () => {
    await swift('PUT', '/c/nul', {}, 'x');
    const query = jest.spyOn(DataSource.prototype, 'query');
    const answers = [
      await swift('GET', '/c?prefix=a%00'),
      await swift('GET', '/c?marker=%00'),
      await swift('GET', '?end_marker=%00'),
      await swift('GET', '/c?path=%00'),
      await swift('GET', '/c?delimiter=%00'),
      await swift('PUT', '/c/x', { 'x-copy-from': 'c/%00' }, ''),
      await store.pithos(user, 'POST', '/c/nul', { headers: { 'x-object-meta-a': '%00' } }),
      await store.pithos(user, 'POST', '/c/nul', { headers: { 'x-object-sharing': 'read=%00' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
    expect(JSON.stringify(query.mock.calls)).not.toContain('\\u0000');
    query.mockRestore();
  });

  it('refuses codings of a body that it does not know', async () => {
    const put = (coding: string) => swift('PUT', '/c/coded', { 'transfer-encoding': coding });
    expect((await put('gzip, chunked')).status).toBe(501);
    expect((await swift('HEAD', '/c/coded')).status).toBe(404);
    expect((await put('Chunked')).status).toBe(201);
  });

  it('knows one storage policy', async () => {
    const put = (policy: string) => swift('PUT', '/policy', { 'x-storage-policy': policy });
    expect((await put('gold')).status).toBe(400);
    expect((await swift('HEAD', '/policy')).status).toBe(404);
    expect((await put('Default')).status).toBe(201);
    expect((await put('')).status).toBe(202);
  });

  it.each(DIALECTS)('refuses manifests that name no container and prefix (%s)', async (dialect) => {
    const call = (method: string, value: string): Promise<Answer> =>
      store[dialect](user, method, '/c/dlo', {
        body: '',
        headers: { 'content-type': 'a/b', 'x-object-manifest': value },
      });
    expect((await call('PUT', 'x')).status).toBe(400);
    expect((await call('PUT', 'c/')).status).toBe(400);
    expect((await swift('HEAD', '/c/dlo')).status).toBe(404);
    expect((await call('PUT', 'c/seg%2F')).status).toBe(201);
    expect((await call('POST', 'x')).status).toBe(400);
    expect((await swift('GET', '/c/dlo')).status).toBe(200);
    await swift('DELETE', '/c/dlo');
  });

  it.each(DIALECTS)('makes a container for a project of the caller only (%s)', async (dialect) => {
    const put = (project: string) =>
      store[dialect](user, 'PUT', '/project', { headers: { 'x-container-policy-project': project } });
    const other = await store.newUser();
    expect((await put('no project')).status).toBe(400);
    expect((await put(randomUUID())).status).toBe(403);
    expect((await put(other.uuid)).status).toBe(403);
    expect((await swift('HEAD', '/project')).status).toBe(404);
    expect((await put(user.uuid)).status).toBe(201);
    expect((await put(other.uuid)).status).toBe(403);
    expect((await swift('HEAD', '/project')).headers.get('x-container-policy-project')).toBe(user.uuid);
    await swift('DELETE', '/project');
  });
});
