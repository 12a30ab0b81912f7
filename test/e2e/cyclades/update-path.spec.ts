import type { RapiClient } from '@synnefo/ganeti-rapi';
import { poll } from '@synnefo/runtime';
import { AddressPoolService } from '../../../apps/cyclades/src/address-pool/address-pool.service.js';
import { BackendPool } from '../../../apps/cyclades/src/backend/backend-pool.js';
import { ApplyGntEvent } from '../../../apps/cyclades/src/gnt-event/apply-gnt-event.js';
import type { GntEventSource } from '../../../apps/cyclades/src/gnt-event/gnt-event.queue.js';
import { EndedJobs } from '../../../apps/cyclades/src/gnt-job/ended-jobs.js';
import { ReconcileClusters } from '../../../apps/cyclades/src/reconcile/reconcile-clusters.js';
import { CycladesCloud, type TestUser, type TestWorker } from './harness.js';
import { Master } from './master.js';

jest.setTimeout(180_000);

/** Who tells of the ends of jobs. */
interface Sources {
  readonly name: string;
  /** As the event log calls it; absent: any of them may be first. */
  readonly source?: GntEventSource;
  readonly follower: 'on' | 'off';
  readonly forwarder: boolean;
  readonly hooks: boolean;
}

const FORWARDER: Sources = {
  name: 'the forwarder alone',
  source: 'forwarder',
  follower: 'off',
  forwarder: true,
  hooks: false,
};
const HOOKS: Sources = {
  name: 'hooks alone',
  source: 'hook',
  follower: 'off',
  forwarder: false,
  hooks: true,
};
const FOLLOWER: Sources = {
  name: 'the follower alone',
  source: 'follower',
  follower: 'on',
  forwarder: false,
  hooks: false,
};
const ALL: Sources = { name: 'all of them', follower: 'on', forwarder: true, hooks: true };

describe('what happens on a cluster', () => {
  let cloud: CycladesCloud;
  let user: TestUser;
  let image: string;
  let broken: string;
  let master: Master;
  let worker: TestWorker | null = null;
  let pool: BackendPool;
  let rapi: RapiClient;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    master = await Master.install(cloud);
    const prefixes = { kind: 'mac-prefix', base: 'aa:00:0', size: 1000 } as const;
    await cloud.core.dataSource.transaction((tx) => new AddressPoolService().create(tx, prefixes, true));
    image = await cloud.addImage();
    broken = await cloud.addBrokenImage();
    pool = new BackendPool(cloud.core.dataSource);
    rapi = await pool.client(1);
  });

  beforeEach(async () => {
    user = await cloud.newUser();
  });

  afterEach(async () => {
    await stop();
  });

  afterAll(async () => {
    await pool?.onApplicationShutdown();
    await cloud?.close();
  });

  const start = async (sources: Sources): Promise<void> => {
    if (sources.hooks) await master.installHooks();
    if (sources.forwarder) await master.startForwarder();
    worker = await startDeaf(sources.follower);
  };

  /** A worker that hears of jobs from its sources only: what reconciliation finds does not count. */
  const startDeaf = async (follower: 'on' | 'off'): Promise<TestWorker> => {
    const deaf = await cloud.startWorker({ CYCLADES_JOB_FOLLOWER: follower });
    deaf.app.get(EndedJobs, { strict: false }).run = () => Promise.resolve(0);
    deaf.app.get(ReconcileClusters, { strict: false }).run = () => Promise.resolve();
    return deaf;
  };

  const stop = async (): Promise<void> => {
    await worker?.close();
    worker = null;
    await master.stopForwarder();
    await master.removeHooks();
  };

  const create = async (imageRef = image, networks: object[] = []): Promise<string> => {
    const server = { name: 's', imageRef, flavorRef: String(cloud.flavorId), networks };
    const reply = await cloud.call(user, 'POST', 'compute/v2.1/servers', { server });
    expect(reply.status).toBe(202);
    return (reply.body as unknown as { server: { id: string } }).server.id;
  };

  /** A network with addresses. */
  const createNetwork = async (): Promise<string> => {
    const made = await cloud.call(user, 'POST', 'networking/v2.0/networks', { network: { name: 'n' } });
    const { id } = (made.body as unknown as { network: { id: string } }).network;
    const subnet = { network_id: id, ip_version: 4, cidr: '10.9.0.0/24' };
    expect((await cloud.call(user, 'POST', 'networking/v2.0/subnets', { subnet })).status).toBe(201);
    return id;
  };

  const removeNetwork = async (uuid: string): Promise<void> => {
    const below = `networking/v2.0/networks/${uuid}`;
    expect((await cloud.call(user, 'DELETE', below)).status).toBe(204);
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'the network to go' }, async () =>
      (await cloud.call(user, 'GET', below)).status === 404 ? true : undefined,
    );
  };

  const act = async (id: string, action: 'os-start' | 'os-stop'): Promise<void> => {
    const reply = await cloud.call(user, 'POST', `compute/v2.1/servers/${id}/action`, { [action]: null });
    expect(reply.status).toBe(202);
  };

  const remove = async (id: string): Promise<void> => {
    expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${id}`)).status).toBe(204);
    await cloud.waitFor(user, id, 'DELETED', 40_000);
  };

  const rowId = async (uuid: string): Promise<number> => {
    const rows: { id: number }[] = await cloud.core.dataSource.query(
      'SELECT id FROM server WHERE uuid = $1',
      [uuid],
    );
    return rows[0]?.id ?? 0;
  };

  /** The effects of a server with the ends of their jobs in the event log. */
  const facts = (uuid: string): Promise<{ action: string; state: string; ends: string[] }[]> =>
    cloud.core.dataSource.query(
      `SELECT effect.action, effect.state,
              ARRAY(SELECT status FROM gnt_event WHERE backend_id = effect.backend_id AND job_id = effect.job_id
                       AND status IN ('success', 'error', 'canceled')) AS ends
         FROM effect JOIN server ON object_type = 'server' AND object_id = server.id::text WHERE uuid = $1 ORDER BY seq`,
      [uuid],
    );

  /** Who told the ends of a server's jobs. */
  const sourcesOf = async (uuid: string): Promise<string[]> => {
    const rows: { source: string }[] = await cloud.core.dataSource.query(
      `SELECT DISTINCT gnt_event.source FROM gnt_event JOIN effect ON effect.id = effect_id
         JOIN server ON object_type = 'server' AND object_id = server.id::text WHERE uuid = $1 AND status = 'success'`,
      [uuid],
    );
    return rows.map(({ source }) => source);
  };

  it.each([FORWARDER, HOOKS, FOLLOWER, ALL])('is known through $name, each fact once', async (sources) => {
    await start(sources);
    const uuid = await createNetwork();
    const id = await create(image, [{ uuid }]);
    const server = await cloud.waitFor(user, id, 'ACTIVE');
    const instance = await rapi.getInstance(cloud.core.naming.server(await rowId(id)));
    const mac = instance['nic.macs'][0];
    expect(server).toMatchObject({ addresses: { n: [{ 'OS-EXT-IPS-MAC:mac_addr': mac }] } });
    await act(id, 'os-stop');
    await cloud.waitFor(user, id, 'SHUTOFF');
    await act(id, 'os-start');
    await cloud.waitFor(user, id, 'ACTIVE');
    await remove(id);
    await cloud.expectUsage(user, { 'cyclades.network.private': 1n });
    await removeNetwork(uuid);
    expect(await facts(id)).toEqual(
      ['BUILD', 'STOP', 'START', 'DESTROY'].map((action) => ({ action, state: 'DONE', ends: ['success'] })),
    );
    if (sources.source !== undefined) expect(await sourcesOf(id)).toEqual([sources.source]);
  });

  it.each([FORWARDER, FOLLOWER])('shows a failure through $name', async (sources) => {
    await start(sources);
    const id = await create(broken);
    expect(await cloud.waitFor(user, id, 'ERROR')).toMatchObject({
      fault: { message: expect.stringContaining("Can't create block device") },
    });
    expect(await facts(id)).toEqual([{ action: 'BUILD', state: 'FAILED', ends: ['error'] }]);
    await remove(id);
    await cloud.expectUsage(user, {});
  });

  it('shows a failure, which calls no hook, by reconciliation', async () => {
    await master.installHooks();
    worker = await cloud.startWorker({ CYCLADES_JOB_FOLLOWER: 'off' });
    const id = await create(broken);
    await cloud.waitFor(user, id, 'ERROR', 60_000);
    await worker.close();
    worker = await startDeaf('on');
    await remove(id);
    await cloud.expectUsage(user, {});
  });

  it.each([FORWARDER, HOOKS, ALL])("of somebody else's job is seen through $name", async (sources) => {
    await start(sources);
    const id = await create();
    await cloud.waitFor(user, id, 'ACTIVE');
    const before = await cloud.usage(user);
    expect(before).toHaveProperty(['cyclades.cpu'], 1n);
    const name = cloud.core.naming.server(await rowId(id));
    await rapi.waitForJob(await rapi.shutdownInstance(name, { timeoutS: 0 }), { timeoutMs: 20_000 });
    await cloud.waitFor(user, id, 'SHUTOFF');
    const { 'cyclades.cpu': _cpu, 'cyclades.ram': _ram, ...stopped } = before;
    await cloud.expectUsage(user, stopped);
    await rapi.waitForJob(await rapi.startInstance(name), { timeoutMs: 20_000 });
    await cloud.waitFor(user, id, 'ACTIVE');
    await cloud.expectUsage(user, before);
    await remove(id);
    await cloud.expectUsage(user, {});
  });

  it.each([
    { sources: FORWARDER, spool: 'events' as const },
    { sources: HOOKS, spool: 'hooks' as const },
  ])('while Cyclades is away is told later through $sources.name', async ({ sources, spool }) => {
    const first = await create();
    const second = await create();
    await cloud.stopApi();
    await start(sources);
    await master.spooled(spool, 2);
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'the jobs to end' }, async () =>
      (await rapi.instances()).filter(({ status }) => status === 'running').length >= 2 ? true : undefined,
    );
    if (sources.forwarder) {
      await master.stopForwarder('SIGKILL');
      await master.startForwarder();
    }
    const [{ built } = { built: -1 }]: { built: number }[] = await cloud.core.dataSource.query(
      `SELECT count(*)::int AS built FROM server WHERE uuid = ANY($1) AND operstate <> 'BUILD'`,
      [[first, second]],
    );
    expect(built).toBe(0);
    await cloud.startApi();
    for (const id of [first, second]) {
      await cloud.waitFor(user, id, 'ACTIVE', 40_000);
      expect(await facts(id)).toEqual([{ action: 'BUILD', state: 'DONE', ends: ['success'] }]);
    }
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'an empty spool' }, async () =>
      (await master.waiting(spool)) === 0 ? true : undefined,
    );
    for (const id of [first, second]) await remove(id);
    await cloud.expectUsage(user, {});
  });

  it('ends an effect with the last opcode of its own job, and no other', async () => {
    const id = await create();
    worker = await startDeaf('on');
    await cloud.waitFor(user, id, 'ACTIVE');
    await worker.close();
    await act(id, 'os-stop');
    worker = await startDeaf('off');
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'the job' }, async () =>
      (await facts(id))[1]?.state === 'SUBMITTED' ? true : undefined,
    );
    const [effect]: { id: string; job_id: string }[] = await cloud.core.dataSource.query(
      `SELECT id, job_id FROM effect WHERE object_type = 'server' AND object_id = $1 AND action = 'STOP'`,
      [String(await rowId(id))],
    );
    const apply = worker.app.get(ApplyGntEvent, { strict: false });
    const event = {
      kind: 'job' as const,
      source: 'follower' as const,
      backendId: 1,
      jobId: Number(effect?.job_id),
      opIndex: 0,
      opCount: 2,
      operation: 'OP_INSTANCE_SHUTDOWN',
      status: 'success' as const,
      objectName: cloud.core.naming.server(await rowId(id)),
      effectId: effect?.id ?? null,
      logMessage: null,
      failure: null,
    };
    const state = async () => (await facts(id))[1]?.state;
    await apply.apply({ ...event, jobId: event.jobId + 1_000, opIndex: 1, status: 'error' });
    expect(await state()).toBe('SUBMITTED');
    await apply.apply(event);
    expect(await state()).toBe('SUBMITTED');
    await apply.apply({ ...event, opIndex: 1, effectId: null });
    expect(await state()).toBe('DONE');
    await worker.close();
    worker = await startDeaf('on');
    await cloud.waitFor(user, id, 'SHUTOFF');
    await remove(id);
  });
});
