/**
 * A whole cloud for scenario and probe tests: `npm start` in a directory of its own, with its own ports, as a user runs it. Clients run as separate
 * programs with nothing but the files that the start wrote.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import { type CommandOptions, type CommandResult, runCommand } from './command.js';

export interface CloudOptions {
  readonly dataDir: string;
  readonly queues: 'redis' | 'postgres';
  /** How servers run; `none` keeps their state only. */
  readonly qemu: 'auto' | 'tcg' | 'none';
  /** Nodes of a real Ganeti cluster (Debian, root); without it the cluster is simulated. */
  readonly realNodes?: 1 | 2 | 3 | undefined;
}

/** A process of the cloud: `astakos-api`, `cyclades-worker`, `archipelagod`, `redis`, `postgres`, … */
export interface CloudProcess {
  readonly name: string;
  readonly pid: number;
}

export type CloudUser = 'demo' | 'demo2' | 'demo-admin';

const PORTS = 7;
const WORKERS_LIMIT = 4;
const START_LIMIT_MS = 180_000;
const BACK_LIMIT_MS = 60_000;

/** How a process says that it serves: ours, Redis, PostgreSQL. */
const READY: readonly ((pid: number) => RegExp)[] = [
  (pid) => new RegExp(`^{.*"pid":${pid},.*"msg":"ready"`),
  (pid) => new RegExp(`^${pid}:M .*Ready to accept connections`),
  (pid) => new RegExp(`\\[${pid}\\] LOG:.*database system is ready to accept connections`),
];

export class Cloud {
  #output = '';
  #exited = false;

  private constructor(
    readonly dataDir: string,
    readonly portBase: number,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    child.once('exit', () => (this.#exited = true));
  }

  /** Starts the cloud and waits until one can log in. @throws Error with what it printed */
  static async start(options: CloudOptions): Promise<Cloud> {
    const portBase = await freePortBase();
    const args = [
      'infra/dev/start.mjs',
      '--data',
      options.dataDir,
      '--port-base',
      String(portBase),
      '--queues',
      options.queues,
      '--qemu',
      options.qemu,
    ];
    if (options.realNodes !== undefined) args.push('--ganeti', 'real', '--nodes', String(options.realNodes));
    const env: NodeJS.ProcessEnv = { ...process.env, SYNNEFO_SUPERVISED: '1' };
    delete env.REDIS_URL; // the cloud brings its own, as on a user's machine
    delete env.DATABASE_URL;
    const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const cloud = new Cloud(options.dataDir, portBase, child);
    await cloud.#ready();
    return cloud;
  }

  get astakosUrl(): string {
    return `http://127.0.0.1:${this.portBase}/astakos`;
  }

  get cycladesUrl(): string {
    return `http://127.0.0.1:${this.portBase + 1}/cyclades`;
  }

  get pithosUrl(): string {
    return `http://127.0.0.1:${this.portBase + 2}`;
  }

  /** Everything the supervisor printed. */
  output(): string {
    return this.#output;
  }

  /** The processes as they run now: children of the supervisor, named as its log files are. */
  async processes(): Promise<CloudProcess[]> {
    const supervisor = this.child.pid ?? 0;
    const children = await readFile(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8');
    const found = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(processOf));
    return found.filter((entry) => entry !== null);
  }

  /** Ends one process without warning and waits until another has taken its place, and is ready. */
  async killProcess(name: string): Promise<void> {
    const before = await this.pidOf(name);
    process.kill(before, 'SIGKILL');
    await this.comesBack(name, before);
  }

  /** Waits until another process has taken the place of `before`, and is ready. */
  async comesBack(name: string, before: number): Promise<void> {
    await poll({ everyMs: 50, timeoutMs: BACK_LIMIT_MS, what: `${name} to come back` }, async () => {
      const now = await this.pidOf(name).catch(() => before);
      return now !== before && (await this.#isReady(name, now)) ? now : undefined;
    });
  }

  /** @throws Error when it does not run now */
  async pidOf(name: string): Promise<number> {
    const found = (await this.processes()).find((entry) => entry.name === name);
    if (found === undefined) throw new Error(`no process ${name}`);
    return found.pid;
  }

  /** Environment of a client: which cloud of clouds.yaml it uses, and nothing inherited that says otherwise. */
  clientEnv(user: CloudUser): Record<string, string> {
    return {
      OS_CLIENT_CONFIG_FILE: path.join(this.dataDir, 'clouds.yaml'),
      OS_CLOUD: user,
      PYTHONWARNINGS: 'ignore',
    };
  }

  openstack(user: CloudUser, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runCommand('/usr/bin/openstack', args, {
      ...options,
      env: { ...this.clientEnv(user), ...options.env },
    });
  }

  /** As `openstack`, with the answer read as JSON. */
  async openstackJson<T>(user: CloudUser, args: readonly string[], options: CommandOptions = {}): Promise<T> {
    const { stdout } = await this.openstack(user, [...args, '-f', 'json'], options);
    return JSON.parse(stdout) as T;
  }

  /** Where what each guest printed is kept, `<instance>.log`. */
  consoleDir(): string {
    const real = path.join(this.dataDir, 'ganeti', 'console');
    return existsSync(real) ? real : path.join(this.dataDir, 'ganeti-sim', 'console');
  }

  /** Names of the instances that have run. */
  async instances(): Promise<string[]> {
    const dir = this.consoleDir();
    const files = existsSync(dir) ? await readdir(dir) : [];
    return files.filter((file) => file.endsWith('.log')).map((file) => file.slice(0, -'.log'.length));
  }

  /** An admin command. */
  snfManage(args: readonly string[]): Promise<CommandResult> {
    return runCommand(path.join(this.dataDir, 'bin', 'snf-manage'), args);
  }

  /** The last part of every log, for the message of a failed test. */
  async logs(lines = 15): Promise<string> {
    const dir = path.join(this.dataDir, 'log');
    const names = existsSync(dir) ? await readdir(dir) : [];
    const parts = await Promise.all(
      names.map(
        async (name) =>
          `== ${name}\n${(await readFile(path.join(dir, name), 'utf8')).split('\n').slice(-lines).join('\n')}`,
      ),
    );
    return [this.#output.slice(-3_000), ...parts].join('\n');
  }

  /** Ctrl-C; waits until everything has ended. */
  async stop(): Promise<void> {
    if (!this.#exited) this.child.kill('SIGINT');
    await poll({ everyMs: 50, timeoutMs: 60_000, what: 'the cloud to end' }, () =>
      Promise.resolve(this.#exited || undefined),
    );
  }

  /** Whether the process has said so in its log. */
  async #isReady(name: string, pid: number): Promise<boolean> {
    const log = await readFile(path.join(this.dataDir, 'log', `${name}.log`), 'utf8');
    const lines = log.split('\n').filter((line) => line.includes(String(pid)));
    return lines.some((line) => READY.some((ready) => ready(pid).test(line)));
  }

  async #ready(): Promise<void> {
    try {
      await poll({ everyMs: 100, timeoutMs: START_LIMIT_MS, what: 'npm start to be ready' }, () => {
        if (this.#exited) throw new Error('npm start ended');
        return Promise.resolve(existsSync(path.join(this.dataDir, 'clouds.yaml')) || undefined);
      });
    } catch (error) {
      const logs = await this.logs();
      this.child.kill('SIGINT');
      throw new Error(`${String(error)}\n${logs}`, { cause: error });
    }
  }
}

const SCRIPTS: readonly (readonly [script: RegExp, name: (match: RegExpExecArray) => string])[] = [
  [
    /apps\/([a-z]+)\/dist\/src\/(main|worker)\.js$/,
    ([, app, role]) => `${app}-${role === 'main' ? 'api' : 'worker'}`,
  ],
  [/libs\/[a-z-]+\/dist\/src\/bin\/([a-z-]+)\.js$/, ([, name]) => name ?? ''],
  [/^(\S*\/)?redis-server /, () => 'redis'],
  [/^(\S*\/)?postgres -D /, () => 'postgres'],
];

/** What a process of the supervisor is, by what it runs; null for others, and for one that has just ended. */
async function processOf(pid: number): Promise<CloudProcess | null> {
  const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    .replaceAll('\0', ' ')
    .trim();
  for (const [script, name] of SCRIPTS) {
    const match = script.exec(commandLine);
    if (match !== null) return { name: name(match), pid };
  }
  return null;
}

/** For `--port-base`: a port from which on enough are free; no other Jest worker of this run can take the same. */
export async function freePortBase(): Promise<number> {
  const worker = Number(process.env.JEST_WORKER_ID ?? 1) % WORKERS_LIMIT;
  for (let tries = 0; tries < 50; tries += 1) {
    const base = 20_000 + 10 * (WORKERS_LIMIT * Math.floor(Math.random() * 250) + worker);
    const free = await Promise.all(Array.from({ length: PORTS }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no seven free ports in a row');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
