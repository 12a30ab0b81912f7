import { listRoutes } from '@synnefo/api';
import { AddressPoolService } from '../../../apps/cyclades/src/address-pool/address-pool.service.js';
import { type Caller, CALLERS, routes } from './access-table.js';
import { CycladesCloud, type TestUser } from './harness.js';

/** Every route × who asks → status. A route that is missing from the table fails, as does a line without a route. */
describe('access to Cyclades', () => {
  let cloud: CycladesCloud;
  const callers: Partial<Record<Caller, TestUser>> = {};
  const ids: Record<string, string> = {};

  const create = async (owner: TestUser, below: string, body: object): Promise<string> => {
    const reply = await cloud.call(owner, 'POST', below, body);
    if (reply.status >= 300) throw new Error(`${below}: ${reply.status} ${JSON.stringify(reply.body)}`);
    const [made] = Object.values(reply.body as unknown as Record<string, { id: string }>);
    return String(made?.id);
  };

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 1 });
    const pool = { kind: 'mac-prefix', base: 'aa:00:0', size: 1000 } as const;
    await cloud.core.dataSource.transaction((tx) => new AddressPoolService().create(tx, pool, true));
    const owner = await cloud.newUser();
    callers.owner = owner;
    callers.other = await cloud.newUser();
    callers.admin = await cloud.newUser({ isAdmin: true });
    callers.wrong = { uuid: owner.uuid, token: 'no-such-token' };
    ids['project'] = owner.uuid;
    ids['target'] = owner.uuid;
    ids['cluster'] = 'sim';
    ids['flavor'] = String(cloud.flavorId);
    ids['image'] = await cloud.addImage(65_536, owner, false);
    ids['network'] = await create(owner, 'networking/v2.0/networks', { network: { name: 'n' } });
    ids['subnet'] = await create(owner, 'networking/v2.0/subnets', {
      subnet: { network_id: ids['network'], ip_version: 4, cidr: '10.9.0.0/24' },
    });
    ids['port'] = await create(owner, 'networking/v2.0/ports', { port: { network_id: ids['network'] } });
    ids['server'] = await create(owner, 'compute/v2.1/servers', {
      server: { name: 's', imageRef: ids['image'], flavorRef: ids['flavor'], networks: [] },
    });
    await cloud.waitFor(owner, ids['server'], 'ACTIVE');
    const volumes = await cloud.call(owner, 'GET', `volume/v3/${owner.uuid}/volumes`);
    ids['volume'] = (volumes.body as unknown as { volumes: { id: string }[] }).volumes[0]?.id ?? '';
    const types = await cloud.call(owner, 'GET', `volume/v3/${owner.uuid}/types`);
    ids['type'] = (types.body as unknown as { volume_types: { id: string }[] }).volume_types[0]?.id ?? '';
    ids['snapshot'] = await create(owner, `volume/v3/${owner.uuid}/snapshots`, {
      snapshot: { name: 's', volume_id: ids['volume'] },
    });
  });

  afterAll(() => cloud?.close());

  it('lists every route, and no other', () => {
    const real = listRoutes(cloud.api).map(({ method, path }) => `${method} ${path.slice(1)}`);
    expect(routes.map(({ route }) => route).sort()).toEqual([...new Set(real)].sort());
  });

  it.each(routes)('$route', async ({ method, url, body, expected }) => {
    const below = url.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);
    const statuses: Partial<Record<Caller, number>> = {};
    for (const who of CALLERS) {
      if (expected[who] === undefined) continue;
      statuses[who] = (await cloud.call(callers[who] ?? null, method, below, body)).status;
    }
    expect(statuses).toEqual(expected);
  });
});
