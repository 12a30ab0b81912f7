import { PASSWORD } from '../astakos/running-astakos.js';
import { startStore, type Store, type TestUser } from './harness.js';

describe('accounts and containers', () => {
  let store: Store;
  let user: TestUser;
  const json = async (path: string, dialect: 'swift' | 'pithos' = 'swift') => {
    const reply = await store[dialect](user, 'GET', `${path}${path.includes('?') ? '&' : '?'}format=json`);
    return JSON.parse(reply.text) as { name?: string; subdir?: string }[];
  };
  const names = async (path: string, dialect: 'swift' | 'pithos' = 'swift') =>
    (await json(path, dialect)).map((item) => item.subdir ?? item.name);

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
    await store.swift(user, 'PUT', '/l');
    const objects = [
      'animals/cats/persian.jpg',
      'animals/dogs/poodle.jpg',
      'f1/',
      'f1/x',
      'me.jpg',
      'photos/a.jpg',
      'photos/b/c.jpg',
      'photos2',
    ];
    for (const name of objects) await store.swift(user, 'PUT', `/l/${name}`, { body: name });
  });

  afterAll(() => store.close());

  it('makes an account when its owner first looks', async () => {
    const other = await store.newUser();
    const head = await store.swift(other, 'HEAD', '');
    expect(head.status).toBe(204);
    expect(head.headers.get('x-account-container-count')).toBe('0');
    expect((await store.swift(other, 'HEAD', '', { account: user.uuid })).status).toBe(403);
  });

  it('counts what is there', async () => {
    const head = await store.swift(user, 'HEAD', '/l');
    expect(head.status).toBe(204);
    expect(head.headers.get('x-container-object-count')).toBe('8');
    expect(head.headers.get('x-container-block-size')).toBe('4194304');
    const account = await store.swift(user, 'HEAD', '');
    expect(account.headers.get('x-account-bytes-used')).toBe(head.headers.get('x-container-bytes-used'));
    expect(account.headers.get('x-timestamp')).toMatch(/^\d+\.\d{5}$/);
  });

  it('makes, lists and deletes containers', async () => {
    expect((await store.swift(user, 'PUT', '/b')).status).toBe(201);
    expect((await store.swift(user, 'PUT', '/b')).status).toBe(202);
    expect(await names('')).toEqual(['b', 'l']);
    expect(await names('?marker=b')).toEqual(['l']);
    expect(await names('?limit=1')).toEqual(['b']);
    expect((await store.swift(user, 'GET', '?marker=l')).status).toBe(204);
    expect((await store.swift(user, 'DELETE', '/l')).status).toBe(409);
    expect((await store.swift(user, 'DELETE', '/b')).status).toBe(204);
    expect((await store.swift(user, 'HEAD', '/b')).status).toBe(404);
    expect((await store.swift(user, 'PUT', '/b/o', { body: 'x' })).status).toBe(404);
  });

  it('lists objects in pages', async () => {
    expect(await names('/l?limit=2')).toEqual(['animals/cats/persian.jpg', 'animals/dogs/poodle.jpg']);
    expect(await names('/l?limit=2&marker=animals/dogs/poodle.jpg')).toEqual(['f1/', 'f1/x']);
    expect(await names('/l?prefix=photos')).toEqual(['photos/a.jpg', 'photos/b/c.jpg', 'photos2']);
    expect(await names('/l?end_marker=f1/')).toHaveLength(2);
    expect(await names('/l?reverse=true&limit=2')).toEqual(['photos2', 'photos/b/c.jpg']);
    expect(await json('/l?marker=zzz')).toEqual([]);
    expect((await store.swift(user, 'GET', '/l?limit=10001')).status).toBe(412);
    expect((await store.pithos(user, 'GET', '/l?limit=10001')).status).toBe(200);
  });

  it('rolls names up to virtual folders, as each dialect does', async () => {
    expect(await names('/l?delimiter=/')).toEqual(['animals/', 'f1/', 'me.jpg', 'photos/', 'photos2']);
    expect(await names('/l?delimiter=/&marker=animals/')).toEqual(['f1/', 'me.jpg', 'photos/', 'photos2']);
    expect(await names('/l?delimiter=/&limit=2')).toEqual(['animals/', 'f1/']);
    expect(await names('/l?delimiter=/&prefix=photos')).toEqual(['photos/', 'photos2']);
    expect(await names('/l?delimiter=/&prefix=photos/')).toEqual(['photos/a.jpg', 'photos/b/']);
    expect(await names('/l?delimiter=/&reverse=on')).toEqual([
      'photos2',
      'photos/',
      'me.jpg',
      'f1/',
      'animals/',
    ]);
    expect(await names('/l?delimiter=/&prefix=photos', 'pithos')).toEqual(['photos/a.jpg', 'photos/b/']);
    expect(await names('/l?delimiter=/', 'pithos')).toEqual([
      'animals/',
      'f1/',
      'f1/',
      'me.jpg',
      'photos/',
      'photos2',
    ]);
    expect(await names('/l?path=photos')).toEqual(['photos/a.jpg']);
    expect(await names('/l?path=')).toEqual(['f1/', 'me.jpg', 'photos2']);
  });

  it('gives the keys and dates that clients parse', async () => {
    const [item] = await json('/l?limit=1');
    expect(Object.keys(item ?? {}).sort()).toEqual([
      'bytes',
      'content_type',
      'hash',
      'last_modified',
      'name',
    ]);
    expect(item).toMatchObject({ content_type: 'image/jpeg', bytes: 24 });
    expect(item).toHaveProperty('last_modified', expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}$/));
    const [entry] = await json('/l?limit=1', 'pithos');
    expect(entry).toHaveProperty('last_modified', expect.stringMatching(/\.\d{6}\+00:00$/));
    expect(entry).toHaveProperty('x_object_hash', expect.stringMatching(/^[0-9a-f]{64}$/));
    const text = await store.swift(user, 'GET', '/l?delimiter=/');
    expect(text.text).toBe('animals/\nf1/\nme.jpg\nphotos/\nphotos2\n');
    const xml = await store.swift(user, 'GET', '/l?format=xml&delimiter=/&limit=1');
    expect(xml.text).toContain('<container name="l"><subdir name="animals/"/></container>');
  });

  it('merges or replaces container metadata by dialect', async () => {
    const meta = async () => (await store.swift(user, 'HEAD', '/l')).headers;
    await store.swift(user, 'POST', '/l', {
      headers: { 'x-container-meta-a': '1', 'x-container-meta-b': '2' },
    });
    expect(
      (await store.swift(user, 'POST', '/l', { headers: { 'x-remove-container-meta-a': 'x' } })).status,
    ).toBe(204);
    expect((await meta()).get('x-container-meta-a')).toBeNull();
    expect((await meta()).get('x-container-meta-b')).toBe('2');
    expect((await store.pithos(user, 'POST', '/l')).status).toBe(202);
    expect((await meta()).get('x-container-meta-b')).toBeNull();
    expect((await meta()).get('x-container-object-count')).toBe('8');
  });

  it('merges account metadata', async () => {
    await store.swift(user, 'POST', '', { headers: { 'x-account-meta-foo_bar': bytesOf('caf\u00e9') } });
    const head = await store.swift(user, 'HEAD', '');
    expect(head.headers.get('x-account-meta-foo-bar')).toBe(bytesOf('caf\u00e9'));
    const pithos = await store.pithos(user, 'HEAD', '');
    expect(pithos.headers.get('x-account-meta-foo-bar')).toBe('caf%C3%A9');
    const tooMany = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`x-account-meta-k${i}`, 'v']));
    expect((await store.swift(user, 'POST', '', { headers: tooMany })).status).toBe(400);
  });

  it('deletes in bulk, and tells what it did', async () => {
    await store.swift(user, 'PUT', '/bulk');
    for (const name of ['a b', 'x/y'])
      await store.swift(user, 'PUT', `/bulk/${encodeURIComponent(name)}`, { body: 'x' });
    const body = '/bulk/a%20b\nbulk/x/y\r\n\n/bulk/none\n/l\n/bulk\n';
    const headers = { 'content-type': 'text/plain', accept: 'application/json' };
    const reply = await store.swift(user, 'DELETE', '?bulk-delete=1', { body, headers });
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text)).toEqual({
      'Number Deleted': 3,
      'Number Not Found': 1,
      'Response Body': '',
      'Response Status': '400 Bad Request',
      Errors: [['/l', '409 Container is not empty']],
    });
    expect((await store.swift(user, 'HEAD', '/bulk')).status).toBe(404);
  });

  it('refuses who may not, and what cannot be', async () => {
    const stranger = await store.newUser();
    expect((await store.swift(stranger, 'GET', '/l', { account: user.uuid })).status).toBe(403);
    expect((await store.swift(stranger, 'PUT', '/x', { account: user.uuid })).status).toBe(403);
    expect((await store.swift({ ...user, token: 'wrong' }, 'GET', '')).status).toBe(401);
    expect((await store.swift(user, 'PUT', `/${'n'.repeat(257)}`)).status).toBe(400);
    const verb = await store.swift(user, 'DELETE', '');
    expect(verb.status).toBe(405);
    expect(verb.headers.get('allow')).toContain('GET');
  });

  it('answers what Swift clients ask beside the store', async () => {
    const info = await fetch(`${store.url}/info`);
    expect(await info.json()).toMatchObject({ swift: { max_object_name_length: 1024 }, slo: {} });
    expect(await (await fetch(`${store.url}/healthcheck`)).text()).toBe('OK');
    const login = await fetch(`${store.url}/auth/v1.0`, {
      headers: { 'x-auth-user': 'u', 'x-auth-key': user.token },
    });
    expect(login.headers.get('x-storage-url')).toBe(`http://127.0.0.1:8002/v1/AUTH_${user.uuid}`);
    expect(login.headers.get('x-trans-id')).toMatch(/^tx[0-9a-f]{21}-[0-9a-f]{10}$/);
  });

  it('lets old clients in with e-mail and password', async () => {
    const logIn = (name: string, key: string) =>
      fetch(`${store.url}/auth/v1.0`, { headers: { 'x-auth-user': name, 'x-auth-key': key } });
    for (const name of [user.email, `any:${user.email}`]) {
      const login = await logIn(name, PASSWORD);
      expect(login.status).toBe(200);
      expect(login.headers.get('x-storage-url')).toBe(`http://127.0.0.1:8002/v1/AUTH_${user.uuid}`);
      const token = login.headers.get('x-auth-token') ?? '';
      expect((await store.swift({ ...user, token }, 'HEAD', '')).status).toBe(204);
    }
    expect((await logIn(user.email, 'wrong')).status).toBe(401);
    expect((await logIn('', PASSWORD)).status).toBe(401);
    expect((await logIn(user.email, '')).status).toBe(401);
  });
});

/** UTF-8 as it stands in a header: each byte is one character. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
