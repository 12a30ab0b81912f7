import { AddressPoolService } from '../../../apps/cyclades/src/address-pool/address-pool.service.js';
import { CycladesCloud, type TestUser } from './harness.js';

jest.setTimeout(180_000);

const AT_ONCE = 6;
const ROUNDS = 3;

/** Requests that arrive together: one of them is done, the others are answered clearly, and the quota is what exists. */
describe('two at once', () => {
  let cloud: CycladesCloud;
  let user: TestUser;
  let image: string;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 2 });
    const pool = { kind: 'mac-prefix', base: 'aa:00:0', size: 1000 } as const;
    await cloud.core.dataSource.transaction((tx) => new AddressPoolService().create(tx, pool, true));
    image = await cloud.addImage();
  });

  beforeEach(async () => {
    user = await cloud.newUser();
  });

  afterAll(() => cloud?.close());

  const make = async (below: string, body: object): Promise<string> => {
    const reply = await cloud.call(user, 'POST', below, body);
    expect(reply.status).toBeLessThan(300);
    const [made] = Object.values(reply.body as unknown as Record<string, { id: string }>);
    return made?.id ?? '';
  };

  const server = async (): Promise<string> => {
    const wanted = { name: 's', imageRef: image, flavorRef: String(cloud.flavorId), networks: [] };
    const id = await make('compute/v2.1/servers', { server: wanted });
    await cloud.waitFor(user, id, 'ACTIVE');
    return id;
  };

  const together = (calls: readonly (readonly [method: string, below: string, body?: object])[]) =>
    Promise.all(
      calls.map(async ([method, below, body]) => (await cloud.call(user, method, below, body)).status),
    );

  const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

  it('deletes of one server give its quota back once', async () => {
    const kept = await server();
    const usage = await cloud.usage(user);
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = await server();
      const statuses = await together(times(AT_ONCE, ['DELETE', `compute/v2.1/servers/${id}`] as const));
      expect(statuses).toContain(204);
      expect(statuses.filter((status) => ![204, 404, 409].includes(status))).toEqual([]);
      await cloud.waitFor(user, id, 'DELETED');
      await cloud.expectUsage(user, usage);
    }
    await cloud.call(user, 'DELETE', `compute/v2.1/servers/${kept}`);
    await cloud.waitFor(user, kept, 'DELETED');
    await cloud.expectUsage(user, {});
  });

  it('deletes of the only server give its quota back', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = await server();
      await together(times(AT_ONCE, ['DELETE', `compute/v2.1/servers/${id}`] as const));
      await cloud.waitFor(user, id, 'DELETED');
      await cloud.expectUsage(user, {});
    }
  });

  it('a stop, a reboot and deletes leave nothing charged', async () => {
    const id = await server();
    const below = `compute/v2.1/servers/${id}`;
    const statuses = await together([
      ['POST', `${below}/action`, { 'os-stop': null }],
      ['DELETE', below],
      ['POST', `${below}/action`, { reboot: { type: 'HARD' } }],
      ['DELETE', below],
    ]);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    await cloud.call(user, 'DELETE', below);
    await cloud.waitFor(user, id, 'DELETED');
    await cloud.expectUsage(user, {});
  });

  it('deletes of one network give its quota back once', async () => {
    await make('networking/v2.0/networks', { network: { name: 'kept' } });
    const usage = await cloud.usage(user);
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = await make('networking/v2.0/networks', { network: { name: 'gone' } });
      const statuses = await together(times(AT_ONCE, ['DELETE', `networking/v2.0/networks/${id}`] as const));
      expect(statuses).toContain(204);
      expect(statuses.filter((status) => ![204, 404, 409].includes(status))).toEqual([]);
      await cloud.expectUsage(user, usage);
    }
  });
});
