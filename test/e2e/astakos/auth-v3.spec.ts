import { poll } from '@synnefo/runtime';
import { COMPONENT_TOKENS, PASSWORD, passwordIdentity, RunningAstakos } from './running-astakos.js';

describe('Keystone v3', () => {
  let astakos: RunningAstakos;
  let maria: { uuid: string };
  let nikos: { uuid: string };

  beforeAll(async () => {
    astakos = await RunningAstakos.start('astakos_v3');
    maria = await astakos.addUser('Maria@uni.example');
    nikos = await astakos.addUser('nikos@uni.example');
    await astakos.addUser('admin@uni.example', { isAdmin: true });
  });

  afterAll(() => astakos.stop());

  const tokens = '/identity/v3/auth/tokens';
  const check = (subject: string, token: string, query = '') =>
    astakos.call('GET', tokens + query, { token, headers: { 'x-subject-token': subject } });

  it.each(['/identity', '/identity/'])(
    'tells at %s that there is v3, in the one shape all clients read',
    async (path) => {
      const reply = await astakos.call('GET', path);
      expect(reply.status).toBe(300);
      expect(reply.headers.get('location')).toBe(`${astakos.baseUrl}/identity/v3/`);
      expect(reply.json.versions.values).toHaveLength(1);
      expect(reply.json.versions.values[0]).toMatchObject({
        id: 'v3.14',
        status: 'stable',
        links: [{ rel: 'self', href: `${astakos.baseUrl}/identity/v3/` }],
      });
    },
  );

  it.each(['/identity/v3', '/identity/v3/'])('answers %s without a token', async (path) => {
    const reply = await astakos.call('GET', path);
    expect(reply.status).toBe(200);
    expect(reply.json.version.id).toBe('v3.14');
  });

  it('logs in by name and by id, domain by id, by name or not at all', async () => {
    const scope = { project: { name: `system:${maria.uuid}`, domain: { name: 'Default' } } };
    const user = { id: maria.uuid, password: PASSWORD };
    for (const identity of [
      passwordIdentity('maria@UNI.example'),
      passwordIdentity('maria@uni.example', PASSWORD, { name: 'Default' }),
      { methods: ['password'], password: { user: { name: 'maria@uni.example', password: PASSWORD } } },
      { methods: ['password'], password: { user } },
    ]) {
      const reply = await astakos.authenticate(identity, scope);
      expect(reply.status).toBe(201);
      expect(reply.headers.get('x-subject-token')).toMatch(/^[\w-]{43}$/);
      expect(reply.json.token).toMatchObject({
        methods: ['password'],
        user: { id: maria.uuid, name: 'maria@uni.example', domain: { id: 'default', name: 'Default' } },
        project: { id: maria.uuid, name: `system:${maria.uuid}`, domain: { id: 'default', name: 'Default' } },
        roles: [{ name: 'member' }, { name: 'reader' }],
        is_domain: false,
      });
      expect(reply.json.token.synnefo).toBeUndefined();
      for (const key of ['issued_at', 'expires_at']) {
        expect(reply.json.token[key]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      }
    }
  });

  it('scopes to the default project when nothing is asked, and to nothing when that is asked', async () => {
    const scoped = await astakos.authenticate(passwordIdentity('maria@uni.example'));
    expect(scoped.json.token.project.id).toBe(maria.uuid);
    const unscoped = await astakos.authenticate(passwordIdentity('maria@uni.example'), 'unscoped');
    expect(unscoped.status).toBe(201);
    for (const key of ['project', 'roles', 'catalog', 'is_domain'])
      expect(unscoped.json.token).not.toHaveProperty(key);
  });

  it.each([
    ['a wrong password', passwordIdentity('maria@uni.example', 'wrong')],
    ['an unknown user', passwordIdentity('nobody@uni.example')],
    ['an unknown id', { methods: ['password'], password: { user: { id: 'no-uuid', password: PASSWORD } } }],
    ['another domain', passwordIdentity('maria@uni.example', PASSWORD, { name: 'Other' })],
    ['an unknown token', { methods: ['token'], token: { id: 'x' } }],
    ['a method that is off', { methods: ['totp'], totp: {} }],
  ])('refuses %s with the same 401', async (_, identity) => {
    const reply = await astakos.authenticate(identity);
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toBe(`Keystone uri="${astakos.baseUrl}/identity/v3"`);
    expect(reply.json).toEqual({
      error: {
        code: 401,
        title: 'Unauthorized',
        message: 'The request you have made requires authentication.',
      },
    });
  });

  it.each([
    ['an unknown project', () => ({ project: { id: '5d1c0000-0000-4000-8000-000000000000' } }), 401],
    ["another's project", () => ({ project: { id: nikos.uuid } }), 401],
    [
      "another's project by name",
      () => ({ project: { name: `system:${nikos.uuid}`, domain: { id: 'default' } } }),
      401,
    ],
    ['the domain, as a member', () => ({ domain: { id: 'default' } }), 401],
    ['the system, as a member', () => ({ system: { all: true } }), 401],
    ['two targets', () => ({ project: { id: maria.uuid }, domain: { id: 'default' } }), 400],
    ['no target', () => ({}), 400],
  ])('refuses the scope of %s', async (_, scope, status) => {
    const reply = await astakos.authenticate(passwordIdentity('maria@uni.example'), scope());
    expect(reply.status).toBe(status);
    expect(reply.json.error.code).toBe(status);
  });

  it('gives operators domain and system scope', async () => {
    const identity = passwordIdentity('admin@uni.example');
    const domain = await astakos.authenticate(identity, { domain: { id: 'default' } });
    expect(domain.json.token).toMatchObject({
      domain: { id: 'default' },
      roles: [{}, {}, { name: 'admin' }],
    });
    expect(domain.json.token.project).toBeUndefined();
    const system = await astakos.authenticate(identity, { system: { all: true } });
    expect(system.json.token.system).toEqual({ all: true });
  });

  it('rescopes a token, which never lives longer and continues the audit chain', async () => {
    const first = await astakos.authenticate(passwordIdentity('maria@uni.example'), 'unscoped');
    const id = first.headers.get('x-subject-token');
    const scope = { project: { id: maria.uuid } };
    const second = await astakos.authenticate({ methods: ['token'], token: { id } }, scope);
    expect(second.status).toBe(201);
    expect(new Set(second.json.token.methods)).toEqual(new Set(['password', 'token']));
    expect(second.json.token.expires_at <= first.json.token.expires_at).toBe(true);
    expect(second.json.token.audit_ids[1]).toBe(first.json.token.audit_ids[0]);
  });

  it('keeps earlier tokens when a new one is issued', async () => {
    const [first, second] = [
      await astakos.logIn('maria@uni.example'),
      await astakos.logIn('maria@uni.example'),
    ];
    expect((await check(first, second)).status).toBe(200);
    expect((await check(second, first)).status).toBe(200);
  });

  it('validates tokens for themselves, operators and components; for others they do not exist', async () => {
    const token = await astakos.logIn('maria@uni.example');
    const own = await check(token, token, '?nocatalog');
    expect(own.headers.get('x-subject-token')).toBe(token);
    expect(own.json.token).not.toHaveProperty('catalog');
    expect((await check(token, await astakos.logIn('admin@uni.example'))).status).toBe(200);
    const asComponent = await check(token, COMPONENT_TOKENS.cyclades);
    expect(asComponent.json.token.synnefo).toEqual({
      display_name: 'Maria Pappa',
      project_id: maria.uuid,
      project_ids: [maria.uuid],
      is_admin: false,
    });
    expect((await check(token, await astakos.logIn('nikos@uni.example'))).status).toBe(404);
    expect((await check('unknown', token)).status).toBe(404);
    expect((await check(token, 'unknown')).status).toBe(401);
    expect(
      (await astakos.call('HEAD', tokens, { token, headers: { 'x-subject-token': token } })).status,
    ).toBe(200);
  });

  it('shows an expired token only to those who ask for expired ones', async () => {
    const token = await astakos.logIn('maria@uni.example');
    await astakos.dataSource.query(
      `UPDATE token SET expires_at = now() - interval '1 s' WHERE hash = sha256($1::bytea)`,
      [Buffer.from(token)],
    );
    expect((await check(token, COMPONENT_TOKENS.pithos)).status).toBe(404);
    expect((await check(token, COMPONENT_TOKENS.pithos, '?allow_expired=1')).status).toBe(200);
    expect((await check(token, token)).status).toBe(401);
    const quotas = await astakos.call('GET', '/account/v1.0/quotas', { token });
    expect([quotas.status, quotas.json.unauthorized.message]).toEqual([401, 'Authentication expired']);
  });

  it('revokes a token at once, and tells the services', async () => {
    const told: unknown[] = [];
    const unsubscribe = await astakos.queues.bus.subscribe(
      'astakos.token-revoked',
      (message) => void told.push(message),
    );
    const token = await astakos.logIn('maria@uni.example');
    const hash = (await import('node:crypto')).createHash('sha256').update(token).digest('hex');
    const reply = await astakos.call('DELETE', tokens, { token, headers: { 'x-subject-token': token } });
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect((await check(token, COMPONENT_TOKENS.cyclades)).status).toBe(404);
    await poll({ everyMs: 20, timeoutMs: 5_000, what: 'the notice' }, async () =>
      told.length > 0 ? true : undefined,
    );
    expect(told).toEqual([{ tokenHash: hash }]);
    await unsubscribe();
  });

  it('keeps no token in the database', async () => {
    const token = await astakos.logIn('maria@uni.example');
    const rows: { dump: string }[] = await astakos.dataSource.query('SELECT t::text AS dump FROM token t');
    expect(rows.some(({ dump }) => dump.includes(token))).toBe(false);
  });

  it('lists what a token may select', async () => {
    const token = await astakos.logIn('maria@uni.example', 'unscoped');
    const projects = await astakos.call('GET', '/identity/v3/auth/projects', { token });
    expect(projects.json.projects).toMatchObject([{ id: maria.uuid, enabled: true, domain_id: 'default' }]);
    expect(projects.json.links).toEqual({
      self: `${astakos.baseUrl}/identity/v3/auth/projects`,
      previous: null,
      next: null,
    });
    expect((await astakos.call('GET', '/identity/v3/auth/catalog', { token })).status).toBe(403);
    expect((await astakos.call('GET', '/identity/v3/auth/domains', { token })).json.domains).toEqual([]);
    expect((await astakos.call('GET', '/identity/v3/auth/system', { token })).json.system).toEqual([]);
  });

  it('answers name look-ups so that clients go on with the id', async () => {
    const token = await astakos.logIn('maria@uni.example');
    const status = async (path: string) =>
      (await astakos.call('GET', `/identity/v3${path}`, { token })).status;
    expect(await status(`/projects/${maria.uuid}`)).toBe(200);
    expect(await status(`/projects/${nikos.uuid}`)).toBe(403);
    expect(await status('/projects?name=lab')).toBe(403);
    expect(await status(`/projects?name=system:${maria.uuid}`)).toBe(200);
    expect(await status(`/users/${maria.uuid}/projects`)).toBe(200);
    expect(await status(`/users/${nikos.uuid}`)).toBe(403);
    expect(await status('/users')).toBe(403);
    expect(await status('/domains/default')).toBe(200);
    expect(await status('/domains/other')).toBe(404);
    expect((await astakos.call('GET', '/identity/v3/nowhere', { token })).json.error.code).toBe(404);
  });

  it('lets operators look up users and projects, page by page', async () => {
    const token = await astakos.logIn('admin@uni.example');
    const get = async (path: string) =>
      (await astakos.call('GET', `/identity/v3${path}`, { token })).json as Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
    expect((await get('/users?name=MARIA@uni.example')).users).toMatchObject([
      { id: maria.uuid, enabled: true },
    ]);
    const page = await get('/projects?limit=2');
    expect(page.projects).toHaveLength(2);
    const rest = await get(`/projects?limit=2&marker=${String(page.projects[1].id)}`);
    expect(rest.projects).toHaveLength(1);
    expect(rest.links.next).toBeNull();
  });

  it('changes the own password, which ends every token', async () => {
    const user = await astakos.addUser('kostas@uni.example');
    const token = await astakos.logIn('kostas@uni.example');
    const set = (original: string) =>
      astakos.call('POST', `/identity/v3/users/${user.uuid}/password`, {
        token,
        body: { user: { original_password: original, password: 'another one' } },
      });
    expect((await set('wrong')).status).toBe(401);
    expect((await set(PASSWORD)).status).toBe(204);
    expect((await check(token, COMPONENT_TOKENS.pithos)).status).toBe(404);
    const reply = await astakos.authenticate(passwordIdentity('kostas@uni.example', 'another one'));
    expect(reply.status).toBe(201);
  });
});
