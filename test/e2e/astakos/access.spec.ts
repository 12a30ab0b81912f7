import { listRoutes } from '@synnefo/api';
import { COMPONENT_TOKENS, RunningAstakos } from './running-astakos.js';
import { routes } from './access-table.js';

/** Every route × who asks → status. A route that is missing from the table fails, as does a line without a route. */
describe('access to Astakos', () => {
  let astakos: RunningAstakos;
  const tokens: Record<string, string | undefined> = {
    nobody: undefined,
    component: COMPONENT_TOKENS.cyclades,
  };
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    astakos = await RunningAstakos.start('astakos_access');
    ids.user = (await astakos.addUser('maria@uni.example')).uuid;
    ids.other = (await astakos.addUser('nikos@uni.example')).uuid;
    await astakos.addUser('admin@uni.example', { isAdmin: true });
    tokens.user = await astakos.logIn('maria@uni.example');
    tokens.admin = await astakos.logIn('admin@uni.example');
    ids.subject = await astakos.logIn('nikos@uni.example');
  });

  afterAll(() => astakos.stop());

  it('lists every route, and no other', () => {
    const known = routes.map(({ route }) => route).sort();
    const real = listRoutes(astakos.app.nest).map(({ method, path }) => `${method} ${path}`);
    expect(known).toEqual([...new Set(real)].sort());
  });

  it.each(
    routes.flatMap(({ route, url, body, expected }) =>
      Object.entries(expected).map(([who, status]) => ({ route, url, body, who, status })),
    ),
  )('$route for $who: $status', async ({ route, url, body, who, status }) => {
    const [method = '', path = ''] = route.split(' ');
    const where = (url ?? path).replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '');
    const reply = await astakos.call(method, where.replace(/^\/astakos/, ''), {
      token: tokens[who],
      ...(body === undefined ? {} : { body }),
      headers: { 'x-subject-token': ids.subject ?? '' },
    });
    expect(reply.status).toBe(status);
  });
});
