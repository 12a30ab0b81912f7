import type { RapiClient } from '@synnefo/ganeti-rapi';
import { poll } from '@synnefo/runtime';
import { BackendPool } from '../../../apps/cyclades/src/backend/backend-pool.js';
import { CycladesCloud, type TestUser } from './harness.js';
import { report } from './reconcile-commands.js';

jest.setTimeout(180_000);

const GIB = 2n ** 30n;
const RAM = 256n * 2n ** 20n;
const RUNNING = { 'cyclades.cpu': 1n, 'cyclades.ram': RAM };
const EXISTING = {
  'cyclades.vm': 1n,
  'cyclades.total_cpu': 1n,
  'cyclades.total_ram': RAM,
  'cyclades.disk': GIB,
};

interface TestServer {
  readonly uuid: string;
  readonly id: number;
  /** Of its instance. */
  readonly name: string;
}

let cloud: CycladesCloud;
let user: TestUser;
let imageRef: string;
let pool: BackendPool;
let rapi: RapiClient;

beforeAll(async () => {
  cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
  imageRef = await cloud.addImage();
  pool = new BackendPool(cloud.core.dataSource);
  rapi = await pool.client(1);
});

beforeEach(async () => {
  user = await cloud.newUser();
});

afterAll(async () => {
  await pool?.onApplicationShutdown();
  await cloud?.close();
});

/** An active server, and no worker any more that would repair what is done to it. */
async function aServer(): Promise<TestServer> {
  const worker = await cloud.startWorker();
  const body = { server: { name: 's', imageRef, flavorRef: String(cloud.flavorId) } };
  const reply = await cloud.call(user, 'POST', 'compute/v2.1/servers', body);
  const uuid = (reply.body as unknown as { server: { id: string } }).server.id;
  await cloud.waitFor(user, uuid, 'ACTIVE');
  await cloud.expectUsage(user, { ...EXISTING, ...RUNNING });
  await worker.close();
  const rows: { id: number }[] = await cloud.core.dataSource.query('SELECT id FROM server WHERE uuid = $1', [
    uuid,
  ]);
  const id = rows[0]?.id ?? 0;
  return { uuid, id, name: cloud.core.naming.server(id) };
}

/** A job of an operator, waited for. */
async function byHand(jobId: Promise<number>): Promise<void> {
  expect(await rapi.waitForJob(await jobId, { timeoutMs: 20_000 })).toMatchObject({ status: 'success' });
}

/** Rows of the report that are about this server, as `difference: here / there`. */
async function differences(server: TestServer, ...options: string[]): Promise<string[]> {
  const rows = await report(cloud, 'reconcile-servers', ...options);
  return rows
    .filter((row) => row.object === `server ${server.id}`)
    .map((row) => `${String(row.difference)}: ${String(row.here)} / ${String(row.there)}`);
}

const statusOf = async (server: TestServer) =>
  (await cloud.call(user, 'GET', `compute/v2.1/servers/${server.uuid}`)).body as unknown as {
    server: { status: string; fault?: { message: string } };
  };

async function removed(server: TestServer): Promise<void> {
  const worker = await cloud.startWorker();
  expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${server.uuid}`)).status).toBe(204);
  await cloud.waitFor(user, server.uuid, 'DELETED');
  await worker.close();
}

/** Decisions are told to Astakos by a worker. */
async function expectUsage(expected: Record<string, bigint>): Promise<void> {
  const worker = await cloud.startWorker();
  await cloud.expectUsage(user, expected);
  await worker.close();
}

describe('snf-manage reconcile-servers', () => {
  it('says nothing of servers that are as they should be', async () => {
    const server = await aServer();
    expect(await differences(server)).toEqual([]);
    await removed(server);
    expect(await differences(server)).toEqual([]);
  });

  it('takes over a state, and the charge with it', async () => {
    const server = await aServer();
    await byHand(rapi.shutdownInstance(server.name, { timeoutS: 0 }));
    const expected = ['state: STARTED / STOPPED'];
    expect(await differences(server)).toEqual(expected);
    expect(await differences(server)).toEqual(expected); // a dry run changes nothing
    expect(await statusOf(server)).toMatchObject({ server: { status: 'ACTIVE' } });
    expect(await differences(server, '--fix-stale', '--fix-orphans')).toEqual(expected);

    await report(cloud, 'reconcile-servers', '--fix-unsynced', '--backend', 'sim');
    expect(await differences(server)).toEqual([]);
    expect(await statusOf(server)).toMatchObject({ server: { status: 'SHUTOFF' } });
    await expectUsage(EXISTING);

    await byHand(rapi.startInstance(server.name));
    expect(await differences(server)).toEqual(['state: STOPPED / STARTED']);
    await report(cloud, 'reconcile-servers', '--fix-all');
    await expectUsage({ ...EXISTING, ...RUNNING });
    await removed(server);
    await cloud.expectUsage(user, {});
  });

  it('ends a server whose instance is gone, and gives all of it back', async () => {
    const server = await aServer();
    await byHand(rapi.deleteInstance(server.name));
    expect(await differences(server)).toEqual(['stale: STARTED / no instance']);
    expect(await statusOf(server)).toMatchObject({ server: { status: 'ACTIVE' } });
    await report(cloud, 'reconcile-servers', '--fix-stale');
    expect((await cloud.call(user, 'GET', `compute/v2.1/servers/${server.uuid}`)).status).toBe(404);
    await expectUsage({});
  });

  it('takes over CPU and memory where a flavor fits', async () => {
    const server = await aServer();
    await byHand(rapi.modifyInstance(server.name, { beparams: { vcpus: 3, minmem: 256, maxmem: 256 } }));
    const expected = ['flavor: 1 CPU, 256 MiB / 3 CPU, 256 MiB'];
    expect(await differences(server)).toEqual(expected);
    expect(await report(cloud, 'reconcile-servers', '--fix-unsynced-flavors')).toContainEqual(
      expect.objectContaining({ object: `server ${server.id}`, repaired: false }),
    );
    await cloud.core.dataSource.query(
      `INSERT INTO flavor (cpu, ram_mib, disk_gib, volume_type_id) SELECT 3, 256, disk_gib, volume_type_id FROM flavor LIMIT 1`,
    );
    await report(cloud, 'reconcile-servers', '--fix-unsynced-flavors');
    expect(await differences(server)).toEqual([]);
    await expectUsage({ ...EXISTING, ...RUNNING, 'cyclades.total_cpu': 3n, 'cyclades.cpu': 3n });
    await removed(server);
    await cloud.expectUsage(user, {});
  });

  it('takes over the size of a disk, and the charge with it', async () => {
    const server = await aServer();
    await byHand(rapi.growDisk(server.name, { index: 0, amountMib: 1024 }));
    expect(await differences(server)).toEqual([
      expect.stringMatching(/^disks: 0: volume \d+ 1 GiB .* 2 GiB$/),
    ]);
    await report(cloud, 'reconcile-servers', '--fix-unsynced-disks');
    expect(await differences(server)).toEqual([]);
    await expectUsage({ ...EXISTING, ...RUNNING, 'cyclades.disk': 2n * GIB });
    await removed(server);
    await cloud.expectUsage(user, {});
  });

  it('deletes instances that no server stands for', async () => {
    const server = await aServer();
    await cloud.core.dataSource.query('DELETE FROM effect WHERE object_id = $1', [String(server.id)]);
    await cloud.core.dataSource.query(
      `UPDATE volume SET server_id = NULL, is_deleted = true, deleted_at = now() WHERE server_id = $1`,
      [server.id],
    );
    await cloud.core.dataSource.query('DELETE FROM server WHERE id = $1', [server.id]);
    expect(await differences(server)).toEqual([`orphan: unknown / ${server.name}`]);
    await report(cloud, 'reconcile-servers', '--fix-orphans');
    const worker = await cloud.startWorker();
    await poll({ everyMs: 100, timeoutMs: 20_000, what: 'the instance to go' }, async () =>
      (await differences(server)).length === 0 ? true : undefined,
    );
    expect(await rapi.findInstance(server.name)).toBeNull();
    await worker.close();
  });

  it('ends a task without a job, a lost creation, and tells the end of a job that nobody told', async () => {
    const server = await aServer();
    await cloud.core.dataSource.query(`UPDATE server SET task = 'STOP' WHERE id = $1`, [server.id]);
    expect(await differences(server)).toEqual(['task: STOP / no job']);
    await report(cloud, 'reconcile-servers', '--fix-pending-tasks');
    expect(await differences(server)).toEqual([]);

    await cloud.core.dataSource.query(`UPDATE server SET operstate = 'BUILD' WHERE id = $1`, [server.id]);
    expect(await differences(server)).toEqual(['build: BUILD / STARTED']);
    await report(cloud, 'reconcile-servers', '--fix-unsynced');
    expect(await statusOf(server)).toMatchObject({ server: { status: 'ACTIVE' } });

    await cloud.core.dataSource.query(
      `UPDATE effect SET state = 'SUBMITTED', finished_at = NULL WHERE object_type = 'server' AND object_id = $1`,
      [String(server.id)],
    );
    expect(await differences(server)).toEqual([
      expect.stringMatching(/^job: BUILD, job \d+ open \/ success$/),
    ]);
    await report(cloud, 'reconcile-servers', '--fix-unsynced');
    const worker = await cloud.startWorker();
    await poll({ everyMs: 100, timeoutMs: 20_000, what: 'the effect to end' }, async () =>
      (await differences(server)).length === 0 ? true : undefined,
    );
    await worker.close();
    await removed(server);
    await cloud.expectUsage(user, {});
  });
});

describe('a worker', () => {
  it('repairs by itself what is safe, and leaves nothing charged that is not there', async () => {
    const stopped = await aServer();
    const first = user;
    user = await cloud.newUser();
    const gone = await aServer();
    await byHand(rapi.shutdownInstance(stopped.name, { timeoutS: 0 }));
    await byHand(rapi.deleteInstance(gone.name));
    await cloud.startWorker();
    await poll({ everyMs: 500, timeoutMs: 60_000, what: 'the server to be ERROR' }, async () =>
      (await statusOf(gone)).server.status === 'ERROR' ? true : undefined,
    );
    expect(await statusOf(gone)).toMatchObject({
      server: { fault: { message: 'The instance is gone from its cluster.' } },
    });
    await cloud.expectUsage(user, { ...EXISTING, ...RUNNING });
    expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${gone.uuid}`)).status).toBe(204);
    await cloud.waitFor(user, gone.uuid, 'DELETED');
    await cloud.expectUsage(user, {});
    user = first;
    await cloud.waitFor(user, stopped.uuid, 'SHUTOFF', 60_000);
    await cloud.expectUsage(user, EXISTING);
  });

  it('deletes an instance of a deleted server, once', async () => {
    const server = await aServer();
    await cloud.core.dataSource.query(
      `UPDATE volume SET server_id = NULL, is_deleted = true, deleted_at = now() WHERE server_id = $1`,
      [server.id],
    );
    await cloud.core.dataSource.query(
      `UPDATE server SET is_deleted = true, deleted_at = now(), operstate = 'DESTROYED' WHERE id = $1`,
      [server.id],
    );
    const worker = await cloud.startWorker();
    await poll({ everyMs: 500, timeoutMs: 60_000, what: 'the instance to go' }, async () =>
      (await rapi.findInstance(server.name)) === null ? true : undefined,
    );
    await worker.close();
    const effects: unknown[] = await cloud.core.dataSource.query(
      `SELECT 1 FROM effect WHERE object_id = $1 AND action = 'DESTROY'`,
      [String(server.id)],
    );
    expect(effects).toHaveLength(1);
  });
});
