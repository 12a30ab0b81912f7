import {
  AstakosClient,
  AstakosError,
  NoHolding,
  type Provision,
  QuotaExceeded,
} from '@synnefo/astakos-client';
import { UNLIMITED } from '@synnefo/units';
import { COMPONENT_TOKENS, RunningAstakos } from './running-astakos.js';
import { serviceDocument } from './service-document.js';

describe('commissions, through the client of the services', () => {
  let astakos: RunningAstakos;
  let cyclades: AstakosClient;
  let pithos: AstakosClient;
  let maria: { uuid: string };

  const provisions = (quantity: bigint, resource = 'cyclades.vm'): Provision[] => [
    { holder: `user:${maria.uuid}`, source: `project:${maria.uuid}`, resource, quantity },
    { holder: `project:${maria.uuid}`, source: null, resource, quantity },
  ];
  const quota = async (resource = 'cyclades.vm') =>
    (await cyclades.serviceQuotas({ user: maria.uuid }))[maria.uuid]?.[maria.uuid]?.[resource];

  beforeAll(async () => {
    astakos = await RunningAstakos.start('astakos_commissions');
    cyclades = astakos.client('cyclades');
    pithos = astakos.client('pithos');
    await cyclades.registerServices(serviceDocument());
    await astakos.dataSource.query(`UPDATE resource SET system_default = 5 WHERE name = 'cyclades.vm'`);
    maria = await astakos.addUser('maria@uni.example');
  });

  afterAll(async () => {
    await cyclades.close();
    await pithos.close();
    await astakos.stop();
  });

  it('charges, accepts, and gives back', async () => {
    const serial = await cyclades.issueCommission({ name: 'server 1', provisions: provisions(2n) });
    expect(await quota()).toMatchObject({
      limit: 5n,
      usage: 2n,
      pending: 2n,
      projectUsage: 2n,
      projectPending: 2n,
    });
    expect(await cyclades.pendingCommissions()).toEqual([serial]);
    expect(await cyclades.resolveCommissions({ accept: [serial], reject: [] })).toMatchObject({
      accepted: [serial],
    });
    expect(await quota()).toMatchObject({ usage: 2n, pending: 0n });
    await cyclades.issueCommission({ name: 'server 1', provisions: provisions(-2n), autoAccept: true });
    expect(await quota()).toMatchObject({ usage: 0n, pending: 0n });
  });

  it('refuses with every fact that clients read', async () => {
    const error: unknown = await cyclades
      .issueCommission({ name: 'too much', provisions: provisions(6n) })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(QuotaExceeded);
    expect(error).toMatchObject({
      limit: 5n,
      usage: 0n,
      quantity: 6n,
      resource: 'cyclades.vm',
      reason: 'capacity',
    });
    const back = cyclades.issueCommission({ name: 'too low', provisions: provisions(-1n), force: true });
    await expect(back).rejects.toMatchObject({ reason: 'quantity', limit: 0n, usage: 0n });
    const unknown = cyclades.issueCommission({ name: 'x', provisions: provisions(1n, 'cyclades.none') });
    await expect(unknown).rejects.toBeInstanceOf(NoHolding);
  });

  it('passes the limit when forced, and counts unlimited as 2^63−1', async () => {
    const serial = await cyclades.issueCommission({
      name: 'forced',
      provisions: provisions(7n),
      force: true,
    });
    await cyclades.resolveCommissions({ accept: [], reject: [serial] });
    expect(await quota('cyclades.ram')).toMatchObject({ limit: UNLIMITED, projectLimit: UNLIMITED });
    const ram = provisions(2n ** 40n, 'cyclades.ram');
    await cyclades.issueCommission({ name: 'ram', provisions: ram, autoAccept: true });
    expect(await quota('cyclades.ram')).toMatchObject({ usage: 2n ** 40n });
    await cyclades.issueCommission({
      name: 'ram',
      provisions: provisions(-(2n ** 40n), 'cyclades.ram'),
      autoAccept: true,
    });
  });

  it('keeps the commissions of components apart', async () => {
    const serial = await cyclades.issueCommission({ name: 'mine', provisions: provisions(1n) });
    expect(await pithos.pendingCommissions()).toEqual([]);
    const { failed } = await pithos.resolveCommissions({ accept: [serial], reject: [] });
    expect(failed).toEqual([{ serial, reason: 'itemNotFound', message: `no commission ${serial}` }]);
    await cyclades.resolveCommissions({ accept: [], reject: [serial] });
    expect(await pithos.serviceQuotas({ user: maria.uuid })).toEqual({});
  });

  it('describes one, and settles it once', async () => {
    const serial = await cyclades.issueCommission({ name: 'δοκιμή', provisions: provisions(1n) });
    const token = COMPONENT_TOKENS.cyclades;
    const path = `/account/v1.0/commissions/${serial}`;
    const { json } = await astakos.call('GET', path, { token });
    expect(json).toMatchObject({ serial, name: 'δοκιμή', provisions: [{ quantity: 1 }, { source: null }] });
    const act = async (body: unknown) =>
      (await astakos.call('POST', `${path}/action`, { token, body })).status;
    expect(await act({ accept: '', reject: '' })).toBe(400);
    expect(await act({})).toBe(400);
    expect(await act({ reject: '' })).toBe(200);
    expect(await act({ reject: '' })).toBe(404);
    expect((await astakos.call('GET', path, { token })).status).toBe(404);
  });

  it.each([
    ['no provisions', { name: 'x' }],
    ['provisions that are no list', { provisions: {} }],
    [
      'a quantity that is a boolean',
      { provisions: [{ holder: 'user:u', source: null, resource: 'r', quantity: true }] },
    ],
    [
      'a quantity that is no integer',
      { provisions: [{ holder: 'user:u', source: null, resource: 'r', quantity: 1.5 }] },
    ],
    ['a missing source', { provisions: [{ holder: 'user:u', resource: 'r', quantity: 1 }] }],
    ['force that is a text', { force: 'yes', provisions: [] }],
    ['a list', []],
    ['no JSON', '{"provisions"'],
  ])('refuses %s', async (_, body) => {
    const reply = await astakos.call('POST', '/account/v1.0/commissions', {
      token: COMPONENT_TOKENS.cyclades,
      body,
    });
    expect([reply.status, Object.keys(reply.json)]).toEqual([400, ['badRequest']]);
  });

  it('issues an empty commission', async () => {
    const serial = await cyclades.issueCommission({ name: 'nothing', provisions: [] });
    expect(await cyclades.resolveCommissions({ accept: [serial], reject: [] })).toMatchObject({
      accepted: [serial],
    });
  });

  it('shows users their own quotas', async () => {
    const token = await astakos.logIn('maria@uni.example');
    const { json } = await astakos.call('GET', '/account/v1.0/quotas', { token });
    expect(json[maria.uuid]['cyclades.vm']).toEqual({
      limit: 5,
      usage: 0,
      pending: 0,
      project_limit: 5,
      project_usage: 0,
      project_pending: 0,
    });
    expect(json[maria.uuid]).not.toHaveProperty('cyclades.total_ram');
  });

  it('tells components names and uuids, and what tokens say', async () => {
    const names = await cyclades.getUserNames([maria.uuid, 'no-uuid']);
    expect([...names]).toEqual([[maria.uuid, 'maria@uni.example']]);
    expect([...(await cyclades.getUserUuids(['Maria@Uni.Example', 'x@y.z']))]).toEqual([
      ['Maria@Uni.Example', maria.uuid],
    ]);
    const info = await cyclades.verifyToken(await astakos.logIn('maria@uni.example'));
    expect(info).toMatchObject({
      userUuid: maria.uuid,
      email: 'maria@uni.example',
      projectIds: [maria.uuid],
      isAdmin: false,
    });
    expect(await cyclades.verifyToken('unknown')).toBeNull();
    const stranger = new AstakosClient({ baseUrl: astakos.baseUrl, componentToken: 'unknown' });
    await expect(stranger.verifyToken('unknown')).rejects.toBeInstanceOf(AstakosError);
    await stranger.close();
  });

  it('lists all users for a component that asks for null, none for a user', async () => {
    const ask = async (path: string, token: string): Promise<unknown> =>
      (await astakos.call('POST', path, { token, body: { uuids: null } })).json.uuid_catalog;
    expect(await ask('/account/v1.0/service/user_catalogs', COMPONENT_TOKENS.pithos)).toEqual({
      [maria.uuid]: 'maria@uni.example',
    });
    expect(await ask('/account/v1.0/user_catalogs', await astakos.logIn('maria@uni.example'))).toEqual({});
  });
});
