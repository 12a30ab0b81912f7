import { UNLIMITED } from '@synnefo/units';
import { AddressPoolService } from '../../../apps/cyclades/src/address-pool/address-pool.service.js';
import { CycladesCloud, type TestUser } from './harness.js';

describe('compute beside servers', () => {
  let cloud: CycladesCloud;
  let user: TestUser;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    const pool = { kind: 'mac-prefix', base: 'aa:00:0', size: 1000 } as const;
    await cloud.core.dataSource.transaction((tx) => new AddressPoolService().create(tx, pool, true));
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

  it('shows limits and quotas of every service, as `limits show` and `quota show` ask for them', async () => {
    const { uuid } = user;
    const limits = new Map([
      ['cyclades.cpu', 7n],
      ['cyclades.ram', 2n ** 30n],
      ['cyclades.disk', 3n * 2n ** 30n],
      ['cyclades.network.private', 2n],
      ['cyclades.vm', UNLIMITED],
    ]);
    await cloud.setLimits(user, limits);
    const get = async (path: string) => {
      const { status, body } = await cloud.call(user, 'GET', path);
      expect(status).toBe(200);
      return body;
    };
    for (const path of ['compute/v2.1/limits', 'compute/v2.1/limits?reserved=1']) {
      expect(await get(path)).toMatchObject({
        limits: { rate: [], absolute: { maxTotalInstances: -1, maxTotalCores: 7, maxTotalRAMSize: 1024 } },
      });
    }
    const volumeLimits = await get(`volume/v3/${uuid}/limits`);
    expect(volumeLimits).toMatchObject({
      limits: {
        rate: [],
        absolute: {
          maxTotalVolumes: -1,
          maxTotalVolumeGigabytes: 3,
          totalVolumesUsed: 0,
          totalGigabytesUsed: 0,
        },
      },
    });
    expect(
      Object.keys((volumeLimits as unknown as { limits: { absolute: object } }).limits.absolute),
    ).toHaveLength(10);

    expect(await get(`compute/v2.1/os-quota-sets/${uuid}`)).toMatchObject({
      quota_set: { id: uuid, instances: -1, cores: 7, ram: 1024 },
    });
    expect(await get(`compute/v2.1/os-quota-sets/${uuid}/detail`)).toMatchObject({
      quota_set: { cores: { limit: 7, in_use: 0, reserved: 0 } },
    });
    expect(await get(`volume/v3/${uuid}/os-quota-sets/${uuid}?usage=False`)).toMatchObject({
      quota_set: { id: uuid, volumes: -1, snapshots: -1, gigabytes: 3, backups: 0 },
    });
    expect(await get(`volume/v3/${uuid}/os-quota-sets/${uuid}?usage=True`)).toMatchObject({
      quota_set: { gigabytes: { limit: 3, in_use: 0, reserved: 0 } },
    });
    expect(
      (await cloud.call(user, 'GET', `volume/v3/${uuid}/os-quota-sets/${uuid}?usage=maybe`)).status,
    ).toBe(400);
    expect(await get(`networking/v2.0/quotas/${uuid}`)).toEqual({
      quota: {
        network: 2,
        subnet: -1,
        port: -1,
        router: 0,
        floatingip: expect.any(Number),
        security_group: 0,
        security_group_rule: 0,
        subnetpool: 0,
        rbac_policy: 0,
      },
    });
    expect(await get(`networking/v2.0/quotas/${uuid}/details.json`)).toMatchObject({
      quota: { network: { limit: 2, used: 0, reserved: 0 } },
    });
    const other = await cloud.newUser();
    for (const path of [
      `compute/v2.1/os-quota-sets`,
      `volume/v3/${uuid}/os-quota-sets`,
      'networking/v2.0/quotas',
    ])
      expect((await cloud.call(user, 'GET', `${path}/${other.uuid}`)).status).toBe(403);
  });

  it('refuses a network over the quota in the word that clients compare', async () => {
    const poor = await cloud.newUser();
    await cloud.setLimits(poor, new Map([['cyclades.network.private', 0n]]));
    expect(
      await cloud.call(poor, 'POST', 'networking/v2.0/networks', { network: { name: 'n' } }),
    ).toMatchObject({ status: 409, body: { NeutronError: { type: 'OverQuota' } } });
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
