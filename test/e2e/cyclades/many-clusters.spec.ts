import http from 'node:http';
import path from 'node:path';
import { simConfigSchema, type Simulator, startSimulator } from '@synnefo/ganeti-sim';
import { createLogger, loadConfig, poll } from '@synnefo/runtime';
import { freePort } from '@synnefo/testing';
import { Redis } from 'ioredis';
import { AddressPoolService } from '../../../apps/cyclades/src/address-pool/address-pool.service.js';
import { BackendEntity } from '../../../apps/cyclades/src/backend/backend.entity.js';
import { BackendService } from '../../../apps/cyclades/src/backend/backend.service.js';
import { Effects } from '../../../apps/cyclades/src/effect/effects.js';
import { CycladesCloud, type TestUser, type TestWorker } from './harness.js';

jest.setTimeout(180_000);

/** More than one worker has in hand at once. */
const MANY = 70;
/** Shorter than what a request to a cluster that hangs takes to give up (30 s). */
const OTHER_MS = 15_000;
const WAKERS = 10;
const AT_ONCE = 8;
/** Of the harness' flavor. */
const RAM_MIB = 256;

/** In front of a cluster: lets requests pass, or keeps them until it is told otherwise. */
class Door {
  #kept: (() => void)[] = [];
  #isShut = false;
  /** Shuts behind the first creation. */
  shutsBehindCreation = false;
  readonly #server = http.createServer((request, reply) => {
    const pass = () => void this.#pass(request, reply);
    if (this.#isShut) this.#kept.push(pass);
    else pass();
    if (this.shutsBehindCreation && request.method === 'POST') this.#isShut = true;
  });

  constructor(private readonly target: string) {}

  async listen(): Promise<string> {
    const port = await freePort();
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${port}`;
  }

  shut(): void {
    this.#isShut = true;
  }

  open(): void {
    this.#isShut = false;
    this.shutsBehindCreation = false;
    for (const pass of this.#kept.splice(0)) pass();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(request: http.IncomingMessage, reply: http.ServerResponse): Promise<void> {
    const { method, headers } = request;
    const upstream = http.request(`${this.target}${request.url ?? ''}`, { method, headers });
    upstream.on('response', (answer) => {
      reply.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(reply);
    });
    upstream.on('error', () => reply.destroy());
    request.pipe(upstream);
  }
}

describe('many servers, and more than one cluster', () => {
  let cloud: CycladesCloud;
  let second: Simulator;
  let door: Door;
  let worker: TestWorker;
  let user: TestUser;
  let image: string;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    worker = await cloud.startWorker();
    const pool = { kind: 'mac-prefix', base: 'aa:00:0', size: 1000 } as const;
    await cloud.core.dataSource.transaction((tx) => new AddressPoolService().create(tx, pool, true));
    image = await cloud.addImage();
    second = await startSecond();
    door = new Door(second.url);
    await addSecondBackend(await door.listen());
  });

  beforeEach(async () => {
    user = await cloud.newUser();
    await cloud.setLimits(
      user,
      new Map(
        ['vm', 'cpu', 'total_cpu', 'ram', 'total_ram', 'disk'].map((name) => [`cyclades.${name}`, 2n ** 50n]),
      ),
    );
  });

  afterAll(async () => {
    await cloud?.close();
    door?.close();
    await second?.close();
  });

  function startSecond(): Promise<Simulator> {
    const config = loadConfig(simConfigSchema, {
      GANETI_SIM_PORT: '0',
      GANETI_SIM_DIR: path.join(cloud.dir, 'second'),
      GANETI_SIM_USERS_FILE: path.join(cloud.dir, 'rapi-users'),
      GANETI_SIM_EXTSTORAGE_DIR: path.join(cloud.dir, 'ext'),
      GANETI_SIM_QEMU: 'none',
      GANETI_SIM_SPEED: '0',
    });
    return startSimulator(config, createLogger('second', 'silent'));
  }

  async function addSecondBackend(rapiUrl: string): Promise<void> {
    const {
      id: _,
      createdAt: __,
      ...first
    } = await cloud.core.dataSource.manager.findOneByOrFail(BackendEntity, {
      clusterName: 'sim',
    });
    await cloud.core.dataSource.manager.save(BackendEntity, {
      ...first,
      clusterName: 'second',
      index: 1,
      rapiUrl,
    });
  }

  async function onlyCluster(clusterName: string): Promise<void> {
    const backends = cloud.api.get(BackendService);
    for (const { id, clusterName: name } of await backends.list())
      await backends.update(id, { isDrained: name !== clusterName });
  }

  async function create(networks: readonly object[] = []): Promise<string> {
    const server = { name: 's', imageRef: image, flavorRef: String(cloud.flavorId), networks };
    const reply = await cloud.call(user, 'POST', 'compute/v2.1/servers', { server });
    expect(reply.status).toBe(202);
    return (reply.body as unknown as { server: { id: string } }).server.id;
  }

  const network = async (): Promise<string> => {
    const made = await cloud.call(user, 'POST', 'networking/v2.0/networks', { network: { name: 'n' } });
    const { id } = (made.body as unknown as { network: { id: string } }).network;
    const subnet = { network_id: id, cidr: '10.9.0.0/24', ip_version: 4 };
    await cloud.call(user, 'POST', 'networking/v2.0/subnets', { subnet });
    return id;
  };

  async function jobsOf(simulator: Simulator, operation: string): Promise<number> {
    const authorization = `Basic ${Buffer.from('synnefo:rapi-secret').toString('base64')}`;
    const reply = await fetch(`${simulator.url}/2/jobs?bulk=1`, { headers: { authorization } });
    const jobs = (await reply.json()) as { ops: { OP_ID: string }[] }[];
    return jobs.filter(({ ops }) => ops[0]?.OP_ID === operation).length;
  }

  it('makes a network once for servers that are created together', async () => {
    await onlyCluster('second');
    const uuid = await network();
    const ids = await Promise.all(Array.from({ length: AT_ONCE }, () => create([{ uuid }])));
    for (const id of ids) await cloud.waitFor(user, id, 'ACTIVE');
    expect(await jobsOf(second, 'OP_NETWORK_ADD')).toBe(1);
    expect(await jobsOf(second, 'OP_NETWORK_CONNECT')).toBe(1);
  });

  it('spreads servers over clusters that are alike', async () => {
    const backends = cloud.api.get(BackendService);
    for (const { id } of await backends.list()) {
      await backends.update(id, { isDrained: false });
      await cloud.core.dataSource.manager.update(
        BackendEntity,
        { id },
        { memoryFreeMib: 50_000, instanceCount: 0 },
      );
    }
    const before = await Promise.all(
      [cloud.simulator, second].map((one) => jobsOf(one as Simulator, 'OP_INSTANCE_CREATE')),
    );
    const ids = await Promise.all(Array.from({ length: AT_ONCE }, () => create()));
    for (const id of ids) await cloud.waitFor(user, id, 'ACTIVE');
    const after = await Promise.all(
      [cloud.simulator, second].map((one) => jobsOf(one as Simulator, 'OP_INSTANCE_CREATE')),
    );
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([AT_ONCE / 2, AT_ONCE / 2]);
  });

  it('counts servers that a cluster has not made yet when it reads what the cluster has free', async () => {
    const backends = cloud.api.get(BackendService);
    const of = () => cloud.core.dataSource.manager.findOneByOrFail(BackendEntity, { clusterName: 'second' });
    await onlyCluster('second');
    await backends.refreshAll();
    const before = await of();
    await worker.close();
    const ids = [await create(), await create()];
    await backends.refreshAll();
    const after = await of();
    expect(after.instanceCount).toBe(before.instanceCount + ids.length);
    expect(after.memoryFreeMib).toBe(before.memoryFreeMib - ids.length * RAM_MIB);
    worker = await cloud.startWorker();
    for (const id of ids) await cloud.waitFor(user, id, 'ACTIVE');
    await backends.refreshAll();
    expect((await of()).instanceCount).toBe(before.instanceCount + ids.length);
  });

  it('a cluster that hangs, with a job under way and many waiting, holds up no other', async () => {
    await onlyCluster('second');
    door.shutsBehindCreation = true;
    const stuck = [await create()];
    await poll({ everyMs: 50, timeoutMs: 10_000, what: 'the first job to be submitted' }, async () => {
      const [row]: { count: string }[] = await cloud.core.dataSource.query(
        `SELECT count(*) FROM effect WHERE state = 'SUBMITTED' AND finished_at IS NULL`,
      );
      return row?.count === '1' || undefined;
    });
    while (stuck.length < MANY)
      stuck.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => create()))));
    await onlyCluster('sim');
    const other = await create();
    await cloud.waitFor(user, other, 'ACTIVE', OTHER_MS);
    door.open();
    await poll({ everyMs: 200, timeoutMs: 120_000, what: 'all to be ACTIVE' }, async () => {
      const reply = await cloud.call(user, 'GET', 'compute/v2.1/servers?status=ACTIVE');
      return (reply.body as unknown as { servers: object[] }).servers.length > stuck.length || undefined;
    });
  });

  it('several wake-ups of an effect whose cluster is away become one', async () => {
    await onlyCluster('second');
    door.shut();
    const id = await create();
    const [effect]: { id: string }[] = await cloud.core.dataSource.query(
      `SELECT id FROM effect WHERE state = 'PENDING' ORDER BY seq DESC LIMIT 1`,
    );
    const effects = cloud.api.get(Effects);
    for (let round = 1; round <= WAKERS; round += 1) await effects.enqueue(effect?.id ?? '', { round });
    const redis = new Redis(cloud.config.SYNNEFO_BUS_URL);
    try {
      await poll({ everyMs: 100, timeoutMs: 10_000, what: 'the wake-ups to meet' }, async () => {
        const [waiting, delayed] = [
          await redis.llen('bull:cyclades.effect:wait'),
          await redis.zcard('bull:cyclades.effect:delayed'),
        ];
        return (waiting === 0 && delayed === 1) || undefined;
      });
    } finally {
      redis.disconnect();
    }
    door.open();
    await cloud.waitFor(user, id, 'ACTIVE', 60_000);
  });
});
