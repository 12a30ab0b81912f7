import { PASSWORD, passwordIdentity, RunningAstakos } from './running-astakos.js';

describe('identity v2.0', () => {
  let astakos: RunningAstakos;
  let maria: { uuid: string };
  let nikos: { uuid: string };
  let apiToken: string;

  const post = (auth: unknown, headers?: Record<string, string>) =>
    astakos.call('POST', '/identity/v2.0/tokens', {
      body: { auth },
      ...(headers === undefined ? {} : { headers }),
    });
  const credentials = (username: string, password: string, more: object = {}) =>
    post({ passwordCredentials: { username, password }, ...more });

  beforeAll(async () => {
    astakos = await RunningAstakos.start('astakos_v2');
    maria = await astakos.addUser('maria@uni.example');
    nikos = await astakos.addUser('nikos@uni.example');
    apiToken = (await credentials('maria@uni.example', PASSWORD)).json.access.token.id;
  });

  afterAll(() => astakos.stop());

  it('describes itself', async () => {
    const { json } = await astakos.call('GET', '/identity/v2.0');
    expect(json.version).toMatchObject({ id: 'v2.0', status: 'CURRENT' });
    expect(json.version.media_types).toEqual(json.version['media-types']);
  });

  it('gives the catalogue, and nothing else, to whoever sends no body', async () => {
    const reply = await astakos.call('POST', '/identity/v2.0/tokens');
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.json.access)).toEqual(['serviceCatalog']);
    const catalog: { name: string }[] = reply.json.access.serviceCatalog;
    expect(catalog.map(({ name }) => name)).toEqual(['astakos_account', 'astakos_identity']);
  });

  it('gives a new token for e-mail and login password, in any case of the e-mail', async () => {
    const reply = await credentials('MARIA@uni.example', PASSWORD);
    expect(reply.status).toBe(200);
    expect(reply.json.access).toMatchObject({
      token: { tenant: { id: maria.uuid, name: 'Maria Pappa' } },
      user: { id: maria.uuid, name: 'Maria Pappa', roles: [], roles_links: [], projects: [maria.uuid] },
    });
    expect(reply.json.access.token.id).not.toBe(apiToken);
    expect(reply.json.access.token.expires).toMatch(/\+00:00$/);
  });

  it('echoes an API token: by itself, or with the uuid or the e-mail of its owner', async () => {
    for (const reply of [
      await post({ token: { id: apiToken } }),
      await post({ token: { id: apiToken }, passwordCredentials: { username: 'x', password: 'y' } }),
      await credentials(maria.uuid, apiToken),
      await credentials('maria@uni.example', apiToken),
    ]) {
      expect(reply.status).toBe(200);
      expect(reply.json.access.token.id).toBe(apiToken);
    }
  });

  it('takes a token of v3 too', async () => {
    const token = (await astakos.authenticate(passwordIdentity('maria@uni.example'))).headers.get(
      'x-subject-token',
    );
    expect((await post({ token: { id: token } })).json.access.token).toMatchObject({
      id: token,
      tenant: { id: maria.uuid },
    });
  });

  it.each([
    ['an unknown token', () => post({ token: { id: 'unknown' } }), 401, 'Invalid token'],
    ['an empty password', () => credentials(maria.uuid, ''), 401, 'Invalid token'],
    ["another's token", () => credentials(nikos.uuid, apiToken), 401, 'Invalid credentials'],
    ['a wrong login password', () => credentials('maria@uni.example', 'wrong'), 401, 'Invalid credentials'],
    ['an unknown e-mail', () => credentials('nobody@uni.example', PASSWORD), 401, 'Invalid credentials'],
    ['the login password with the uuid', () => credentials(maria.uuid, PASSWORD), 401, 'Invalid token'],
    ['a token that is null', () => post({ token: { id: null } }), 400, 'Malformed request'],
    [
      'credentials without password',
      () => post({ passwordCredentials: { username: 'x' } }),
      400,
      'Malformed request',
    ],
    ['nothing at all', () => post({ auth_token: { id: apiToken } }), 400, 'Malformed request'],
    [
      "another's tenant",
      () => post({ token: { id: apiToken }, tenantName: nikos.uuid }),
      400,
      'Not conforming tenantName',
    ],
    [
      'XML',
      () => post({}, { 'content-type': 'application/xml' }),
      400,
      "Unsupported Content-type: 'application/xml'",
    ],
  ])('refuses %s', async (_, send, status, text) => {
    const reply = await send();
    expect(reply.status).toBe(status);
    const [fault] = Object.values<{ code: number; message: string }>(reply.json);
    expect(fault?.code).toBe(status);
    expect(fault?.message.startsWith(text)).toBe(true);
  });

  it.each([
    ['absent', {}],
    ['empty', { tenantName: '' }],
    ['the uuid', () => ({ tenantName: maria.uuid })],
    ['the name', () => ({ tenantName: `system:${maria.uuid}` })],
    ['an id that does not fit', () => ({ tenantId: nikos.uuid })],
  ])('takes a tenant that is %s', async (_, tenant) => {
    const reply = await post({
      token: { id: apiToken },
      ...(typeof tenant === 'function' ? tenant() : tenant),
    });
    expect(reply.status).toBe(200);
    expect(reply.json.access.token).toMatchObject({ id: apiToken, tenant: { id: maria.uuid } });
  });

  it('refuses a user who is not active any more, with the word for it', async () => {
    const kostas = await astakos.addUser('kostas@uni.example');
    const token = (await credentials('kostas@uni.example', PASSWORD)).json.access.token.id as string;
    await astakos.dataSource.query('UPDATE astakos_user SET is_active = false WHERE uuid = $1', [
      kostas.uuid,
    ]);
    expect((await post({ token: { id: token } })).json.unauthorized.message).toBe('User inactive');
    expect((await credentials('kostas@uni.example', PASSWORD)).status).toBe(401);
    expect((await astakos.call('GET', '/account/v1.0/quotas', { token })).status).toBe(401);
  });

  it('knows no API token as an OAuth 2.0 access token, and no other verbs', async () => {
    expect((await astakos.call('GET', `/identity/v2.0/tokens/${apiToken}`)).status).toBe(404);
    const reply = await astakos.call('GET', '/identity/v2.0/tokens');
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers 400 on unknown paths, as its clients expect', async () => {
    for (const path of ['/identity/v2.0/nowhere', '/account/v1.0/nowhere', '/account']) {
      const reply = await astakos.call('GET', path);
      expect([reply.status, reply.json.badRequest.message]).toEqual([400, 'API endpoint not found']);
    }
  });

  it('lists the tenants', async () => {
    const { json } = await astakos.call('GET', '/identity/v2.0/tenants', { token: apiToken });
    expect(json.tenants).toMatchObject([{ id: maria.uuid, name: `system:${maria.uuid}`, enabled: true }]);
  });
});
