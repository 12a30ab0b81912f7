import { CycladesCloud, type TestUser } from './harness.js';

/** Each face at its one microversion (clients spec 1.5, compute spec 9.1). */
describe('microversions', () => {
  let cloud: CycladesCloud;
  let user: TestUser;

  const get = async (path: string, headers: Record<string, string>, token: string | null = user.token) => {
    const auth: Record<string, string> = token === null ? {} : { 'x-auth-token': token };
    const reply = await fetch(`${cloud.url}/${path}`, { headers: { ...auth, ...headers } });
    return { status: reply.status, headers: reply.headers, body: (await reply.json()) as object };
  };

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    user = await cloud.newUser();
  });

  afterAll(() => cloud?.close());

  it.each([
    ['no version', {}, 200],
    ['the one of older clients', { 'x-openstack-nova-api-version': '2.1' }, 200],
    ['latest', { 'openstack-api-version': 'compute latest' }, 200],
    ['that of another service', { 'openstack-api-version': 'volume 3.59, placement x' }, 200],
    ['both', { 'openstack-api-version': 'compute 2.1', 'x-openstack-nova-api-version': '2.96' }, 200],
    ['one too high', { 'openstack-api-version': 'compute 2.50' }, 406],
    ['one too high in the old header', { 'x-openstack-nova-api-version': '2.96' }, 406],
    ['one too low', { 'openstack-api-version': 'compute 2.0' }, 406],
    ['one too high among others', { 'openstack-api-version': 'volume 3.0, compute 2.37' }, 406],
    ['a word', { 'openstack-api-version': 'compute x' }, 400],
    ['no number', { 'openstack-api-version': 'compute' }, 400],
    ['two numbers', { 'openstack-api-version': 'compute 2.1 2.2' }, 400],
    ['a word in the old header', { 'x-openstack-nova-api-version': 'two' }, 400],
  ])('compute answers %s', async (_, headers, status) => {
    const reply = await get('compute/v2.1/servers', headers);
    expect(reply.status).toBe(status);
    if (status === 406)
      expect(reply.body).toMatchObject({
        computeFault: { code: 406, message: expect.stringMatching(/Minimum is 2\.1 and maximum is 2\.1/) },
      });
    if (status === 400) expect(reply.body).toMatchObject({ badRequest: { code: 400 } });
  });

  it.each([
    ['a list', 'compute/v2.1/flavors', 200],
    ['a fault', 'compute/v2.1/servers/none', 404],
    ['an unknown path', 'compute/v2.1/nowhere', 404],
    ['the version document', 'compute/v2.1/', 200],
  ])('compute tells its version with %s', async (_, path, status) => {
    const reply = await get(path, {});
    expect(reply.status).toBe(status);
    expect(reply.headers.get('x-openstack-nova-api-version')).toBe('2.1');
    expect(reply.headers.get('openstack-api-version')).toBe('compute 2.1');
    expect(reply.headers.get('vary')).toBe('OpenStack-API-Version, X-OpenStack-Nova-API-Version');
  });

  it('tells it to who has no token, and what is offered to who asks too much', async () => {
    const refused = await get('compute/v2.1/servers', {}, null);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('openstack-api-version')).toBe('compute 2.1');
    expect((await get('compute/v2.1/', { 'openstack-api-version': 'compute 2.96' }, null)).status).toBe(200);
  });

  it.each([
    ['volume 3.0', 200],
    ['compute 2.79, volume latest', 200],
    ['compute 2.60', 200],
    ['volume 3.59', 406],
    ['compute 2.1, block-storage 4.0', 406],
    ['volume three', 400],
  ])('block storage answers %s', async (version, status) => {
    const reply = await get('volume/v3/volumes', { 'openstack-api-version': version });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('openstack-api-version')).toBe('volume 3.0');
    expect(reply.headers.get('vary')).toBe('OpenStack-API-Version');
  });

  it('network and image have none', async () => {
    for (const path of ['networking/v2.0/networks', 'image/v2/images', 'compute/v2.0/servers']) {
      const reply = await get(path, { 'openstack-api-version': 'compute 9.9, volume 9.9' });
      expect(reply.status).toBe(200);
      expect(reply.headers.get('openstack-api-version')).toBeNull();
    }
  });
});
