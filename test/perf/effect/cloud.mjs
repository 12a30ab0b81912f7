// A whole cloud of its own for a measurement: `npm start` in a temporary directory, with its own ports, and an end that leaves nothing.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { logIn } from '../../../infra/dev/http.mjs';
import { root } from '../../../infra/dev/root.mjs';
import { quoted, runOrFail } from '../../../infra/dev/run.mjs';
import { User } from './user.mjs';

const SNF_BATCH = path.join(root, 'infra', 'dev', 'snf-batch.mjs');
const PORTS = 7;
const START_MS = 360_000;
const STOP_MS = 90_000;
const PASSWORD = 'bench-password-1';
const EMAIL = 'bench@synnefo.test';
/** Far above what a run needs. */
const LIMITS = [
  ...['cyclades.vm=10000', 'cyclades.cpu=10000', 'cyclades.total_cpu=10000', 'cyclades.ram=10TiB'],
  ...['cyclades.total_ram=10TiB', 'cyclades.disk=100TiB', 'cyclades.network.private=10'],
];

export class BenchCloud {
  #child;
  #output = '';
  #hasEnded = false;

  constructor(dataDir, portBase) {
    this.dataDir = dataDir;
    this.portBase = portBase;
    this.urls = {
      auth: `http://127.0.0.1:${portBase}/astakos/identity/v3`,
      astakos: `http://127.0.0.1:${portBase}/astakos`,
      cyclades: `http://127.0.0.1:${portBase + 1}/cyclades`,
    };
  }

  /** @param args more options of `npm start`. @throws Error with what it printed */
  static async start(dataDir, args, signal) {
    const cloud = new BenchCloud(dataDir, await freePortBase());
    try {
      await cloud.#start(args, signal);
    } catch (error) {
      await cloud.stop();
      throw error;
    }
    return cloud;
  }

  async #start(args, signal) {
    const env = { ...process.env, SYNNEFO_SUPERVISED: '1' };
    delete env.REDIS_URL;
    delete env.DATABASE_URL;
    const all = [
      'infra/dev/start.mjs',
      '--data',
      this.dataDir,
      '--port-base',
      String(this.portBase),
      ...args,
    ];
    // Of a group of its own: Ctrl-C reaches us, and we end it in order. It ends as well when its input does.
    this.#child = spawn(process.execPath, all, {
      cwd: root,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (this.#output = (this.#output + text).slice(-64_000)));
    this.#child.once('exit', () => (this.#hasEnded = true));
    const deadline = Date.now() + START_MS;
    while (!existsSync(this.file('clouds.yaml'))) {
      if (this.#hasEnded || Date.now() > deadline)
        throw new Error(`the cloud did not start:\n${this.#output.slice(-3_000)}`);
      await delay(200, undefined, { signal });
    }
  }

  file(...names) {
    return path.join(this.dataDir, ...names);
  }

  /** A secret of the installation. */
  secret(name) {
    return readFileSync(this.file('secrets', name), 'utf8').trim();
  }

  /** Admin commands, in one process: each would take a second to start. @returns what each printed */
  async snfManage(...commands) {
    const tool = readFileSync(this.file('bin', 'snf-manage'), 'utf8');
    const script = tool.replace(/^exec .*$/m, `exec ${quoted(process.execPath)} ${quoted(SNF_BATCH)}`);
    const input = JSON.stringify(commands.map((args) => ({ args: args.map(String) })));
    const { stdout } = await runOrFail({
      what: 'snf-manage',
      command: '/bin/sh',
      args: ['-c', script],
      input,
    });
    return JSON.parse(stdout);
  }

  /** A user for whom the limits are far away, and a flavor with little memory, so that many servers fit. @returns `{ user, flavor }` */
  async seed(ramMib) {
    const options = ['--password', PASSWORD, '--if-missing', '--output-format', 'json'];
    const [added, , made] = await this.snfManage(
      ['user-add', EMAIL, 'Bench', 'User', ...options],
      ['user-modify', EMAIL, '--limit', ...LIMITS],
      ['flavor-create', 1, ramMib, 1],
    );
    const parsed = JSON.parse(added);
    const { uuid } = Array.isArray(parsed) ? parsed[0] : parsed;
    const login = { email: EMAIL, password: PASSWORD, project: `system:${uuid}` };
    const { token } = await logIn(this.urls.auth, login);
    return { user: new User(this.urls, token), flavor: /flavor (\S+) created/.exec(made)?.[1] ?? '' };
  }

  async stop() {
    if (this.#child === undefined || this.#hasEnded) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}

async function freePortBase() {
  for (let tries = 0; tries < 50; tries += 1) {
    const base = 30_000 + 10 * Math.floor(Math.random() * 250);
    const free = await Promise.all(Array.from({ length: PORTS }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no seven free ports in a row');
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
