import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { HttpApp } from '@synnefo/api';
import { Redis } from 'ioredis';
import { AstakosClient } from '@synnefo/astakos-client';
import type { DataSource } from '@synnefo/database';
import { simConfigSchema, type Simulator, startSimulator } from '@synnefo/ganeti-sim';
import { createLogger, loadConfig, poll } from '@synnefo/runtime';
import { freePort, testDatabase, type TestDatabase, testRedisUrl, tmpDir } from '@synnefo/testing';
import { configSchema as astakosSchema } from '../../../apps/astakos/src/config.js';
import { openDatabase as openAstakosDatabase, startHttp } from '../../../apps/astakos/src/start.js';
import { ProjectService } from '../../../apps/astakos/src/project/project.service.js';
import { UserService } from '../../../apps/astakos/src/user/user.service.js';
import { BackendPool } from '../../../apps/cyclades/src/backend/backend-pool.js';
import { BackendService } from '../../../apps/cyclades/src/backend/backend.service.js';
import { type CycladesConfig, loadCycladesConfig } from '../../../apps/cyclades/src/config.js';
import { openCore, type OpenCore } from '../../../apps/cyclades/src/core/open-core.js';
import { serviceDocument } from '../../../apps/cyclades/src/core/service-document.js';
import { FlavorService } from '../../../apps/cyclades/src/flavor/flavor.service.js';
import { buildHttpApp } from '../../../apps/cyclades/src/http-app.js';
import { startWorker } from '../../../apps/cyclades/src/worker-app.js';
import { type RunningPithos, startPithos } from './running-pithos.js';
import { uploadImage } from './upload-image.js';

export interface TestUser {
  readonly uuid: string;
  readonly token: string;
}

export interface TestWorker {
  /** Its modules, to get at parts of it. */
  readonly app: Pick<HttpApp['nest'], 'get'>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // replies are free-form JSON; each test asserts on what it reads
  readonly body: Record<string, never> & { [key: string]: never };
}

export interface CycladesCloudOptions {
  readonly queues: 'redis' | 'postgres';
  readonly workers: number;
}

const PITHOS_TOKEN = 'pithos-component-token-of-tests';
const SECRET = 'a-secret';
const COMPONENT_TOKEN = 'cyclades-component-token-of-tests';
const COMPONENTS = [
  { name: 'cyclades', baseUrl: 'http://127.0.0.1/cyclades', token: COMPONENT_TOKEN },
  { name: 'pithos', baseUrl: 'http://127.0.0.1/pithos', token: PITHOS_TOKEN },
];
const RAPI_PASSWORD = 'rapi-secret';
const PASSWORD = 'Correct-horse-1';
const SCRIPTS = ['create', 'attach', 'detach', 'remove', 'grow', 'setinfo', 'verify'];
const SCRIPT_BODIES: Readonly<Record<string, string>> = {
  attach: `printf '\\nkvm:nbd:unix:/nowhere/%s.sock\\n' "$VOL_CNAME"`,
  create: `if [ -e "$(dirname "$0")/broken/$EXTP_ORIGIN" ]; then echo 'no such map'; exit 1; fi`,
};
const logger = createLogger('test', process.env.CYCLADES_TEST_LOG ?? 'silent');

/** Cyclades (API and, on demand, workers) over real sockets, with Astakos, Pithos and the simulated cluster, which keeps state only. */
export class CycladesCloud {
  pithos!: RunningPithos;
  #closers: (() => Promise<unknown>)[] = [];
  #workers: TestWorker[] = [];
  #users = 0;
  core!: OpenCore;
  config!: CycladesConfig;
  /** What the configuration was made of; admin commands read it too. */
  env!: Readonly<Record<string, string>>;
  simulator?: Simulator;
  flavorId!: number;
  /** The modules of the HTTP process. */
  api!: HttpApp['nest'];
  url!: string;
  #astakosDataSource!: DataSource;
  #astakosUrl!: string;
  #simDir!: string;
  #simPort!: number;
  #app: HttpApp | null = null;

  static async start(options: CycladesCloudOptions): Promise<CycladesCloud> {
    const cloud = new CycladesCloud();
    try {
      await cloud.#start(options);
      return cloud;
    } catch (error) {
      await cloud.close();
      throw error;
    }
  }

  async #start(options: CycladesCloudOptions): Promise<void> {
    const dir = await tmpDir('cyc-');
    this.#onClose(() => dir.remove());
    const busUrl = options.queues === 'redis' ? await emptyRedis() : (await this.#database('bus')).url;
    await this.#startAstakos(dir.path, busUrl);
    await this.#startPithos(dir.path, busUrl);
    this.#simDir = dir.path;
    this.#simPort = await freePort();
    await writeFile(path.join(dir.path, 'rapi-users'), `synnefo ${RAPI_PASSWORD} write\n`);
    await this.startSimulator();
    await this.#configure(dir.path, busUrl);
    this.core = await openCore(this.config, logger);
    this.#onClose(() => this.core.close());
    await this.#seed();
    this.#onClose(() => this.stopApi());
    await this.startApi();
    this.url = this.config.CYCLADES_BASE_URL;
    for (let i = 0; i < options.workers; i += 1) await this.startWorker();
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#workers.map((worker) => worker.close()));
    await this.simulator?.close();
    for (const close of this.#closers.reverse())
      await close().catch((error: unknown) => logger.warn({ err: error }, 'close failed'));
  }

  /** State of the simulated cluster in `sim`, its hooks in `hooks`; a test may add what it needs. */
  get dir(): string {
    return this.#simDir;
  }

  /** The HTTP process, on the port that it always has. */
  async startApi(): Promise<void> {
    this.#app = await buildHttpApp(this.core);
    this.api = this.#app.nest;
    await this.#app.listen(this.config.CYCLADES_PORT);
  }

  async stopApi(): Promise<void> {
    await this.#app?.close();
    this.#app = null;
  }

  /** A queue process of its own, with its own connections. */
  async startWorker(changes: Partial<CycladesConfig> = {}): Promise<TestWorker> {
    const core = await openCore({ ...this.config, ...changes }, logger);
    const app = await startWorker(core);
    const worker: TestWorker = {
      app,
      close: async () => {
        this.#workers = this.#workers.filter((other) => other !== worker);
        await app.close();
        await core.close();
      },
    };
    this.#workers.push(worker);
    return worker;
  }

  /** Redis forgets everything. */
  async loseQueues(): Promise<void> {
    await flush(this.config.SYNNEFO_BUS_URL);
  }

  async startSimulator(): Promise<void> {
    this.simulator = await startSimulator(
      loadConfig(simConfigSchema, {
        GANETI_SIM_PORT: String(this.#simPort),
        GANETI_SIM_DIR: path.join(this.#simDir, 'sim'),
        GANETI_SIM_USERS_FILE: path.join(this.#simDir, 'rapi-users'),
        GANETI_SIM_EXTSTORAGE_DIR: path.join(this.#simDir, 'ext'),
        GANETI_SIM_HOOKS_DIR: path.join(this.#simDir, 'hooks'),
        GANETI_SIM_QEMU: 'none',
        GANETI_SIM_SPEED: '0',
      }),
      logger,
    );
  }

  async newUser({ isAdmin = false } = {}): Promise<TestUser> {
    this.#users += 1;
    const email = `user${this.#users}@synnefo.test`;
    const users = new UserService(this.#astakosDataSource);
    const { uuid } = await users.add({
      email,
      firstName: 'A',
      lastName: 'User',
      password: PASSWORD,
      isAdmin,
    });
    const body = {
      auth: {
        identity: { methods: ['password'], password: { user: { id: uuid, password: PASSWORD } } },
        scope: { project: { id: uuid } },
      },
    };
    const reply = await fetch(`${this.#astakosUrl}/identity/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const token = reply.headers.get('x-subject-token');
    if (token === null) throw new Error(`no token: ${reply.status} ${await reply.text()}`);
    return { uuid, token };
  }

  /**
   * An image of zeros; public and of a user of its own unless told otherwise.
   * @returns its id
   */
  async addImage(sizeBytes = 65_536, owner?: TestUser, isPublic = true): Promise<string> {
    return uploadImage(this, owner ?? (await this.newUser()), { sizeBytes, isPublic });
  }

  /** An image of which the provider makes no volume: the create job fails. */
  async addBrokenImage(): Promise<string> {
    const owner = await this.newUser();
    const id = await uploadImage(this, owner, { sizeBytes: 65_536, isPublic: true });
    const { mapName } = await this.core.pithos.getByUuid(owner.uuid, id);
    await writeFile(path.join(this.#simDir, 'ext', 'synnefo', 'broken', String(mapName)), '');
    return id;
  }

  /** What the user may hold from the user's own project. */
  setLimits(user: TestUser, limits: ReadonlyMap<string, bigint>): Promise<void> {
    return new ProjectService(this.#astakosDataSource).setSystemLimits(user.uuid, limits);
  }

  async call(user: TestUser | null, method: string, below: string, body?: object): Promise<Answer> {
    const reply = await fetch(`${this.url}/${below}`, {
      method,
      headers: {
        ...(user === null ? {} : { 'x-auth-token': user.token }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.includes('json') === true;
    return {
      status: reply.status,
      headers: reply.headers,
      body: isJson && text !== '' ? JSON.parse(text) : {},
    };
  }

  /** What the user holds, without the zeros; pending commissions count. */
  async usage(user: TestUser): Promise<Record<string, bigint>> {
    const quotas = (await this.core.astakos.serviceQuotas({ user: user.uuid }))[user.uuid]?.[user.uuid] ?? {};
    return Object.fromEntries(
      Object.entries(quotas).flatMap(([name, { usage }]) => (usage === 0n ? [] : [[name, usage]])),
    );
  }

  /** Waits until the user holds exactly this; the end of a job is told to Astakos a moment after it shows. */
  async expectUsage(user: TestUser, expected: Record<string, bigint>): Promise<void> {
    const isSame = (usage: Record<string, bigint>) =>
      Object.keys(usage).length === Object.keys(expected).length &&
      Object.entries(expected).every(([name, value]) => usage[name] === value);
    try {
      await poll(
        { everyMs: 50, timeoutMs: 10_000, what: 'the usage' },
        async () => isSame(await this.usage(user)) || undefined,
      );
    } catch {
      expect(await this.usage(user)).toEqual(expected);
    }
  }

  pendingCommissions(): Promise<number[]> {
    return this.core.astakos.pendingCommissions();
  }

  /** Waits until the server shows `status` on the OpenStack face; 404 counts as DELETED. */
  async waitFor(
    user: TestUser,
    id: string,
    status: string,
    timeoutMs = 20_000,
  ): Promise<Record<string, never>> {
    let last = '';
    return poll({ everyMs: 50, timeoutMs, what: `server ${id} to be ${status}` }, async () => {
      const reply = await this.call(user, 'GET', `compute/v2.1/servers/${id}`);
      const server =
        reply.status === 404
          ? { status: 'DELETED' }
          : (reply.body as unknown as { server: Record<string, never> }).server;
      last = String(server.status);
      if (status !== 'DELETED' && last !== status && last === 'ERROR')
        throw new Error(`server ${id} failed: ${JSON.stringify(server)}`);
      return last === status ? (server as Record<string, never>) : undefined;
    });
  }

  async #startAstakos(dir: string, busUrl: string): Promise<void> {
    const database = await this.#database('astakos');
    const port = await freePort();
    this.#astakosUrl = `http://127.0.0.1:${port}/astakos`;
    const components = path.join(dir, 'components.json');
    await writeFile(components, JSON.stringify(COMPONENTS));
    const config = loadConfig(astakosSchema, {
      SYNNEFO_BUS_URL: busUrl,
      ASTAKOS_PORT: String(port),
      ASTAKOS_BASE_URL: this.#astakosUrl,
      ASTAKOS_DATABASE_URL: database.url,
      ASTAKOS_COMPONENTS_FILE: components,
    });
    this.#astakosDataSource = await openAstakosDatabase(database.url, 'astakos-test');
    this.#onClose(() => this.#astakosDataSource.destroy());
    const { app } = await startHttp(config, this.#astakosDataSource, null, logger);
    this.#onClose(() => app.close());
  }

  async #startPithos(dir: string, busUrl: string): Promise<void> {
    const { url: databaseUrl } = await this.#database('pithos');
    const astakosUrl = this.#astakosUrl;
    this.pithos = await startPithos({
      dir,
      busUrl,
      databaseUrl,
      astakosUrl,
      componentToken: PITHOS_TOKEN,
      secret: SECRET,
      logger,
    });
    this.#onClose(() => this.pithos.close());
  }

  async #configure(dir: string, busUrl: string): Promise<void> {
    await mkdir(path.join(dir, 'ext', 'synnefo', 'broken'), { recursive: true });
    for (const script of SCRIPTS) {
      const file = path.join(dir, 'ext', 'synnefo', script);
      const output = SCRIPT_BODIES[script] ?? ':';
      await writeFile(file, `#!/bin/sh\n${output}\n`);
      await chmod(file, 0o755);
    }
    await writeFile(path.join(dir, 'secret'), SECRET);
    await writeFile(path.join(dir, 'token'), COMPONENT_TOKEN);
    const port = await freePort();
    this.env = {
      SYNNEFO_NAME_PREFIX: 'snftest-',
      SYNNEFO_BUS_URL: busUrl,
      CYCLADES_PORT: String(port),
      CYCLADES_BASE_URL: `http://127.0.0.1:${port}/cyclades`,
      CYCLADES_DATABASE_URL: (await this.#database('cyclades')).url,
      CYCLADES_COMPONENT_TOKEN_FILE: path.join(dir, 'token'),
      ASTAKOS_URL: this.#astakosUrl,
      PITHOS_INTERNAL_URL: this.pithos.url,
      PITHOS_SECRET_FILE: path.join(dir, 'secret'),
      ARCHIPELAGO_STORE: `dir:${path.join(dir, 'store')}`,
    };
    this.config = loadCycladesConfig(this.env);
  }

  async #seed(): Promise<void> {
    const client = new AstakosClient({ baseUrl: this.#astakosUrl, componentToken: COMPONENT_TOKEN });
    await client.registerServices(serviceDocument(this.config.CYCLADES_BASE_URL));
    await client.close();
    const flavors = new FlavorService(this.core.dataSource);
    const volumeTypeId = await flavors.ensureVolumeType('ext_synnefo');
    this.flavorId = (await flavors.add({ cpu: 1, ramMib: 256, diskGib: 1, volumeTypeId }))?.id ?? 0;
    const pool = new BackendPool(this.core.dataSource);
    await new BackendService(this.core.dataSource, pool, logger).add({
      clusterName: 'sim',
      rapiUrl: `http://127.0.0.1:${this.#simPort}`,
      username: 'synnefo',
      password: RAPI_PASSWORD,
      verifiesTls: true,
      caPem: null,
      hypervisor: 'kvm',
    });
    await pool.onApplicationShutdown();
  }

  async #database(name: string): Promise<TestDatabase> {
    const database = await testDatabase(`cyc_${name}`);
    this.#onClose(() => database.drop());
    return database;
  }

  #onClose(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }
}

/** A database of the test server's Redis for this Jest worker alone. */
async function emptyRedis(): Promise<string> {
  const url = new URL(testRedisUrl());
  url.pathname = `/${process.env.JEST_WORKER_ID ?? '1'}`;
  await flush(url.href);
  return url.href;
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushdb();
  redis.disconnect();
}
