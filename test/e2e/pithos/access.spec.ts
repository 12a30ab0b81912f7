import { listRoutes } from '@synnefo/api';
import { INTERNAL_SECRET, startStore, type Store, type TestUser } from './harness.js';

const CALLERS = ['nobody', 'wrong', 'other', 'admin', 'secret', 'owner'] as const;
type Caller = (typeof CALLERS)[number];
interface Line {
  /** Verb and pattern, as declared. */
  readonly route: string;
  readonly method: string;
  /** What is asked, below the root; `{owner}` and `{uuid}` are filled in. */
  readonly url: string;
  readonly expected: Partial<Record<Caller, number>>;
}

const all = (status: number) => Object.fromEntries(CALLERS.map((who) => [who, status]));
/** An operator has no rights on what users store; the secret of the services is no token. */
const users = (owner: number, other = 403) => ({
  nobody: 401,
  wrong: 401,
  other,
  admin: other,
  secret: 401,
  owner,
});
const internal = (secret: number) => ({ ...all(401), secret });

const MOUNTS = [
  { pattern: '/pithos/object-store/v1', account: '/pithos/object-store/v1/{owner}', root: 400, posted: 202 },
  { pattern: '/v1', account: '/v1/AUTH_{owner}', root: 412, posted: 204 },
];
const CALLS = [
  'getByUuid',
  'getByLocation',
  'listDomain',
  'updateMeta',
  'setPermissions',
  'registerMap',
  'updateStatus',
  'createEmpty',
  'deleteByUuid',
];
const INTERNAL = '/pithos/internal/v1';

/** The mounts take every verb; what each is allowed to do to an account, a container and an object is asked in turn. */
const LINES: readonly Line[] = [
  { route: 'GET /healthcheck', method: 'GET', url: '/healthcheck', expected: all(200) },
  { route: 'GET /auth/v1.0', method: 'GET', url: '/auth/v1.0', expected: all(401) },
  { route: 'GET /info', method: 'GET', url: '/info', expected: all(200) },
  ...MOUNTS.flatMap(({ pattern, account, root, posted }): Line[] => {
    const route = `ALL ${pattern}/*`;
    return [
      { route: `ALL ${pattern}`, method: 'GET', url: pattern, expected: users(root, root) },
      { route, method: 'HEAD', url: account, expected: users(204) },
      { route, method: 'POST', url: account, expected: users(posted) },
      { route, method: 'PUT', url: `${account}/new`, expected: { ...users(201), owner: undefined } },
      { route, method: 'HEAD', url: `${account}/c`, expected: users(204) },
      { route, method: 'DELETE', url: `${account}/c`, expected: users(409) },
      { route, method: 'GET', url: `${account}/c/o`, expected: users(200) },
      { route, method: 'PUT', url: `${account}/c/new`, expected: { ...users(201), owner: undefined } },
      { route, method: 'DELETE', url: `${account}/c/o`, expected: { ...users(204), owner: undefined } },
    ];
  }),
  ...CALLS.map((call): Line => {
    const route = `POST ${INTERNAL}/${call}`;
    return { route, method: 'POST', url: `${INTERNAL}/${call}`, expected: internal(400) };
  }),
  ...(['GET', 'PUT'] as const).map((method): Line => {
    const url = `${INTERNAL}/objects/{uuid}?user={owner}`;
    return { route: `${method} ${INTERNAL}/objects/:uuid`, method, url, expected: internal(200) };
  }),
];

/** Every route × who asks → status. A route that is missing from the table fails, as does a line without a route. */
describe('access to Pithos', () => {
  let store: Store;
  let owner: TestUser;
  let uuid: string;
  const headers: Partial<Record<Caller, Record<string, string>>> = {};

  beforeAll(async () => {
    store = await startStore();
    owner = await store.newUser();
    await store.swift(owner, 'PUT', '/c');
    await store.swift(owner, 'PUT', '/c/o', { body: 'x' });
    const head = await store.pithos(owner, 'HEAD', '/c/o');
    uuid = head.headers.get('x-object-uuid') ?? '';
    await store.astakos.addUser('admin@synnefo.test', { isAdmin: true });
    headers.wrong = { 'x-auth-token': 'no-such-token' };
    headers.other = { 'x-auth-token': (await store.newUser()).token };
    headers.admin = { 'x-auth-token': await store.astakos.logIn('admin@synnefo.test') };
    headers.secret = { authorization: `Bearer ${INTERNAL_SECRET}` };
    headers.owner = { 'x-auth-token': owner.token };
  });

  afterAll(() => store.close());

  it('lists every route, and no other', () => {
    const real = listRoutes(store.app.nest).map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(LINES.map(({ route }) => route))].sort()).toEqual([...new Set(real)].sort());
  });

  it.each(LINES)('$route: $method $url', async ({ method, url, expected }) => {
    const where = url.replace('{owner}', owner.uuid).replace('{uuid}', uuid);
    const statuses: Partial<Record<Caller, number>> = {};
    for (const who of CALLERS) {
      if (expected[who] === undefined) continue;
      statuses[who] = (await fetch(store.url + where, { method, headers: headers[who] ?? {} })).status;
    }
    expect(statuses).toEqual(expected);
  });
});
