import { startStore, type Answer, type Store, type TestUser } from './harness.js';

const DIALECTS = ['swift', 'pithos'] as const;

describe('moving objects', () => {
  let store: Store;
  let user: TestUser;
  let other: TestUser;
  const head = (path: string): Promise<Answer> => store.pithos(user, 'HEAD', path);
  const put = (path: string, headers: Record<string, string> = {}) =>
    store.pithos(user, 'PUT', path, {
      body: `data of ${path}`,
      headers: { 'content-type': 'a/b', ...headers },
    });
  const usage = async () => Number((await store.swift(user, 'HEAD', '')).headers.get('x-account-bytes-used'));

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
    other = await store.newUser();
    await store.swift(user, 'PUT', '/c');
    await store.swift(user, 'PUT', '/d');
  });

  afterAll(() => store.close());

  it.each(DIALECTS)('takes data, type, metadata and uuid along (X-Move-From, %s)', async (dialect) => {
    await put('/c/src', { 'x-object-meta-a': '1', 'x-object-sharing': `read=${other.uuid}` });
    await put('/d/dst');
    const before = await head('/c/src');
    const moved = await store[dialect](user, 'PUT', '/d/dst', {
      body: '',
      headers: { 'x-move-from': '/c/src', 'x-object-meta-b': '2' },
    });
    expect(moved.status).toBe(201);
    expect(moved.headers.get('x-object-version')).toMatch(/^\d+$/);
    expect((await head('/c/src')).status).toBe(404);
    const after = await store.pithos(user, 'GET', '/d/dst');
    expect(after.text).toBe('data of /c/src');
    expect(after.headers.get('content-type')).toBe('a/b');
    expect(after.headers.get('x-object-meta-a')).toBe('1');
    expect(after.headers.get('x-object-meta-b')).toBe('2');
    expect(after.headers.get('x-object-uuid')).toBe(before.headers.get('x-object-uuid'));
    expect(after.headers.get('x-object-sharing')).toBeNull();
    await put('/c/src');
    expect((await head('/c/src')).headers.get('x-object-sharing')).toBeNull();
    await store.swift(user, 'DELETE', '/c/src');
    await store.swift(user, 'DELETE', '/d/dst');
    expect(await usage()).toBe(0);
    expect(await store.usage(user)).toBe(0n);
  });

  it('moves by the MOVE verb, and wins over X-Copy-From', async () => {
    await put('/c/one');
    expect((await store.pithos(user, 'MOVE', '/c/one', { headers: { destination: '/c/two' } })).status).toBe(
      201,
    );
    expect((await head('/c/one')).status).toBe(404);
    const headers = { 'x-move-from': '/c/two', 'x-copy-from': '/c/none' };
    expect((await store.pithos(user, 'PUT', '/c/three', { body: '', headers })).status).toBe(201);
    expect((await head('/c/two')).status).toBe(404);
    expect((await store.swift(user, 'GET', '/c/three')).text).toBe('data of /c/one');
  });

  it('changes an object that is moved onto itself, and keeps it', async () => {
    await put('/c/self');
    const headers = { 'x-move-from': '/c/self', 'content-type': 'x/y' };
    expect((await store.pithos(user, 'PUT', '/c/self', { body: '', headers })).status).toBe(201);
    const got = await store.swift(user, 'GET', '/c/self');
    expect(got).toMatchObject({ status: 200, text: 'data of /c/self' });
    expect(got.headers.get('content-type')).toBe('x/y');
    const kept = { ...headers, 'content-type': 'ignored/type' };
    await store.pithos(user, 'PUT', '/c/self2?ignore_content_type', { body: '', headers: kept });
    expect((await head('/c/self2')).headers.get('content-type')).toBe('x/y');
  });

  it('issues no commission inside one project, but for what it overwrites', async () => {
    await put('/c/q');
    const issue = jest.spyOn(store.astakosClient, 'issueCommission');
    await store.pithos(user, 'PUT', '/d/q', { body: '', headers: { 'x-move-from': '/c/q' } });
    expect(issue).not.toHaveBeenCalled();
    issue.mockRestore();
    expect(Number(await store.usage(user))).toBe(await usage());
    const bytes = async (name: string) =>
      (await store.swift(user, 'HEAD', `/${name}`)).headers.get('x-container-bytes-used');
    expect(await bytes('d')).toBe(String('data of /c/q'.length));
  });

  it.each(DIALECTS)('leaves everything as it was when it refuses (%s)', async (dialect) => {
    await put('/c/kept', { 'x-object-sharing': `write=${other.uuid}` });
    await put('/d/kept');
    const move = (from: string, to: string, headers: Record<string, string> = {}) =>
      store[dialect](user, 'PUT', to, { body: '', headers: { 'x-move-from': from, ...headers } });
    expect((await move('/c/none', '/d/kept')).status).toBe(404);
    expect((await move('/c/kept', '/none/x')).status).toBe(404);
    expect((await move('kept', '/d/kept')).status).toBe(dialect === 'swift' ? 412 : 400);
    expect((await move('/c/kept', '/d/kept', { 'if-none-match': '*' })).status).toBe(412);
    expect((await move('/c/kept', '/d/new?delimiter=/')).status).toBe(501);
    const stolen = await store[dialect](other, 'PUT', '/c/x', {
      account: user.uuid,
      body: '',
      headers: { 'x-move-from': '/c/kept' },
    });
    expect(stolen.status).toBe(403);
    expect((await store.swift(user, 'GET', '/c/kept')).text).toBe('data of /c/kept');
    expect((await store.swift(user, 'GET', '/d/kept')).text).toBe('data of /d/kept');
  });

  it('charges the owner of the folder that it moves into', async () => {
    await store.pithos(user, 'PUT', '/c/in', {
      body: '',
      headers: { 'content-type': 'application/directory', 'x-object-sharing': `write=${other.uuid}` },
    });
    await store.swift(other, 'PUT', '/mine');
    await store.swift(other, 'PUT', '/mine/gift', { body: 'x'.repeat(1000) });
    const before = await store.usage(user);
    const headers = { destination: '/c/in/gift', 'destination-account': user.uuid };
    expect((await store.pithos(other, 'MOVE', '/mine/gift', { headers })).status).toBe(201);
    expect(await store.usage(user)).toBe(before + 1000n);
    expect(await store.usage(other)).toBe(0n);
    expect(Number(await store.usage(user))).toBe(await usage());
  });
});
