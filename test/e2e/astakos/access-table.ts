export interface AccessLine {
  /** Verb and pattern, as declared. */
  readonly route: string;
  /** What is asked; `{user}` is the user's own uuid, `{other}` another's. By default the pattern itself. */
  readonly url?: string;
  readonly body?: unknown;
  readonly expected: {
    readonly nobody: number;
    readonly user: number;
    readonly component: number;
    readonly admin: number;
  };
}

const all = (status: number) => ({ nobody: status, user: status, component: status, admin: status });
const users = (status: number, admin = status) => ({ nobody: 401, user: status, component: 401, admin });
const admins = (status: number) => ({ nobody: 401, user: 403, component: 401, admin: status });
const components = (status: number) => ({ nobody: 401, user: 401, component: status, admin: 401 });

const V3 = '/astakos/identity/v3';
const V2 = '/astakos/identity/v2.0';
const ACCOUNT = '/astakos/account/v1.0';
const noProvisions = { name: 'access', provisions: [] };

export const routes: readonly AccessLine[] = [
  { route: 'GET /healthcheck', url: '/../healthcheck', expected: all(200) },
  { route: 'GET /astakos/identity', expected: all(300) },
  { route: `GET ${V3}`, expected: all(200) },
  { route: `GET ${V2}`, expected: all(200) },
  { route: `POST ${V2}/tokens`, expected: all(200) },
  { route: `GET ${V2}/tokens/:id`, expected: all(404) },
  { route: `GET ${V2}/tokens/:id/endpoints`, url: `${V2}/tokens/{subject}/endpoints`, expected: admins(200) },
  { route: `GET ${V2}/tenants`, expected: users(200) },

  // The subject is another user's token: for a user it does not exist.
  { route: `POST ${V3}/auth/tokens`, body: {}, expected: all(400) },
  { route: `GET ${V3}/auth/tokens`, expected: { nobody: 401, user: 404, component: 200, admin: 200 } },
  { route: `GET ${V3}/auth/catalog`, expected: users(200) },
  { route: `GET ${V3}/auth/projects`, expected: users(200) },
  { route: `GET ${V3}/auth/domains`, expected: users(200) },
  { route: `GET ${V3}/auth/system`, expected: users(200) },

  { route: `GET ${V3}/projects`, expected: users(200) },
  { route: `GET ${V3}/projects/:id`, url: `${V3}/projects/{other}`, expected: users(403, 200) },
  { route: `POST ${V3}/projects`, body: {}, expected: users(403) },
  { route: `PATCH ${V3}/projects/:id`, body: {}, expected: users(403) },
  { route: `DELETE ${V3}/projects/:id`, expected: users(403) },
  { route: `GET ${V3}/users/:user/projects`, url: `${V3}/users/{other}/projects`, expected: users(403, 200) },
  { route: `GET ${V3}/users`, expected: admins(200) },
  { route: `GET ${V3}/users/:id`, url: `${V3}/users/{other}`, expected: users(403, 200) },
  {
    route: `POST ${V3}/users/:id/password`,
    url: `${V3}/users/{other}/password`,
    body: { user: { original_password: 'x', password: 'long enough' } },
    expected: users(403),
  },
  { route: `POST ${V3}/users`, body: {}, expected: users(403) },
  { route: `PATCH ${V3}/users/:id`, body: {}, expected: users(403) },
  { route: `DELETE ${V3}/users/:id`, expected: users(403) },
  { route: `GET ${V3}/domains`, expected: users(200) },
  { route: `GET ${V3}/domains/:id`, url: `${V3}/domains/default`, expected: users(200) },
  { route: `GET ${V3}/services`, expected: admins(200) },
  { route: `POST ${V3}/services`, body: {}, expected: admins(403) },
  { route: `PATCH ${V3}/services/:id`, body: {}, expected: admins(403) },
  { route: `DELETE ${V3}/services/:id`, expected: admins(403) },
  { route: `GET ${V3}/endpoints`, expected: admins(200) },
  { route: `GET ${V3}/regions`, expected: admins(200) },
  { route: `GET ${V3}/roles`, expected: admins(200) },

  { route: `GET ${ACCOUNT}/resources`, expected: all(200) },
  { route: `POST ${ACCOUNT}/user_catalogs`, body: {}, expected: users(200) },
  { route: `GET ${ACCOUNT}/quotas`, expected: users(200) },
  { route: `POST ${ACCOUNT}/service/user_catalogs`, body: {}, expected: components(200) },
  { route: `GET ${ACCOUNT}/service_quotas`, expected: components(200) },
  { route: `GET ${ACCOUNT}/service_project_quotas`, expected: components(200) },
  { route: `PUT ${ACCOUNT}/services`, body: {}, expected: components(204) },
  { route: `GET ${ACCOUNT}/commissions`, expected: components(200) },
  { route: `POST ${ACCOUNT}/commissions`, body: noProvisions, expected: components(201) },
  { route: `POST ${ACCOUNT}/commissions/action`, body: {}, expected: components(200) },
  {
    route: `GET ${ACCOUNT}/commissions/:serial`,
    url: `${ACCOUNT}/commissions/999999`,
    expected: components(404),
  },
  {
    route: `POST ${ACCOUNT}/commissions/:serial/action`,
    url: `${ACCOUNT}/commissions/999999/action`,
    body: { accept: '' },
    expected: components(404),
  },

  // Last: an operator ends the subject's token.
  { route: `DELETE ${V3}/auth/tokens`, expected: { nobody: 401, user: 404, component: 204, admin: 404 } },
];
