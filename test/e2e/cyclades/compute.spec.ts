import { CycladesCloud, type TestUser } from './harness.js';

jest.setTimeout(60_000);

describe('compute beside servers', () => {
  let cloud: CycladesCloud;
  let user: TestUser;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    user = await cloud.newUser();
  });

  afterAll(() => cloud?.close());

  it('tells its versions to everybody', async () => {
    const root = await cloud.call(null, 'GET', 'compute');
    expect(root).toMatchObject({
      status: 200,
      body: {
        versions: [
          { id: 'v2.0', status: 'SUPPORTED', version: '' },
          { id: 'v2.1', status: 'CURRENT' },
        ],
      },
    });
    for (const path of ['compute/v2.1', 'compute/v2.1/']) {
      const { status, body } = await cloud.call(null, 'GET', path);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        version: {
          version: '2.1',
          min_version: '2.1',
          links: [{ rel: 'self', href: `${cloud.url}/compute/v2.1/` }],
        },
      });
    }
  });

  it('lists flavors on both faces', async () => {
    const name = 'C1R256D1ext_synnefo';
    expect((await cloud.call(user, 'GET', 'compute/v2.1/flavors/detail?is_public=None')).body).toEqual({
      flavors: [
        {
          id: String(cloud.flavorId),
          name,
          ram: 256,
          disk: 1,
          vcpus: 1,
          swap: '',
          'OS-FLV-EXT-DATA:ephemeral': 0,
          'OS-FLV-DISABLED:disabled': false,
          'os-flavor-access:is_public': true,
          rxtx_factor: 1,
          links: [
            { rel: 'self', href: `${cloud.url}/compute/v2.1/flavors/${cloud.flavorId}` },
            { rel: 'bookmark', href: `${cloud.url}/compute/flavors/${cloud.flavorId}` },
          ],
        },
      ],
    });
    expect((await cloud.call(user, 'GET', 'compute/v2.0/flavors/detail')).body).toMatchObject({
      flavors: [
        {
          id: cloud.flavorId,
          name,
          ram: 256,
          disk: 1,
          vcpus: 1,
          'SNF:disk_template': 'ext_synnefo',
          'SNF:allow_create': true,
        },
      ],
    });
    expect((await cloud.call(user, 'GET', `compute/v2.1/flavors/${name}`)).status).toBe(404);
    expect(
      (await cloud.call(user, 'GET', `compute/v2.1/flavors/${cloud.flavorId}/os-extra_specs`)).body,
    ).toEqual({ extra_specs: {} });
  });

  it('answers what clients ask for on their way', async () => {
    const get = async (path: string) => (await cloud.call(user, 'GET', `compute/v2.1/${path}`)).body;
    expect(await get('os-availability-zone')).toEqual({
      availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true }, hosts: null }],
    });
    expect((await cloud.call(user, 'GET', 'compute/v2.1/os-availability-zone/detail')).status).toBe(403);
    expect(await get('os-keypairs')).toEqual({ keypairs: [] });
    expect(await get('extensions')).toEqual({ extensions: [] });
    expect(await get('limits')).toMatchObject({
      limits: { absolute: { totalInstancesUsed: 0, maxServerMeta: 128 } },
    });
    expect(await get(`os-quota-sets/${user.uuid}`)).toMatchObject({
      quota_set: { id: user.uuid, instances: expect.any(Number) },
    });
    expect(await get('servers/detail?deleted=False')).toEqual({ servers: [] });
  });

  it('refuses in the form of its face', async () => {
    expect(await cloud.call(null, 'GET', 'compute/v2.1/servers')).toMatchObject({
      status: 401,
      body: { unauthorized: { code: 401 } },
    });
    expect(await cloud.call(user, 'GET', 'compute/v2.0/servers/42/nothing')).toMatchObject({
      status: 400,
      body: { badRequest: { code: 400 } },
    });
    expect(await cloud.call(user, 'PATCH', 'compute/v2.0/servers')).toMatchObject({
      status: 405,
      body: { notAllowed: { code: 405 } },
    });
    expect(await cloud.call(user, 'GET', 'compute/v2.1/servers/x%2Fy')).toMatchObject({
      status: 404,
      body: { itemNotFound: { code: 404 } },
    });
    expect((await fetch(`${new URL(cloud.url).origin}/healthcheck`)).status).toBe(200);
  });
});
