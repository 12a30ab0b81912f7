import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import { type RunningProcess, startProcess } from '@synnefo/testing';
import { callbackSecretHash } from '../../../apps/cyclades/src/backend/callback-secret.js';
import { BackendEntity } from '../../../apps/cyclades/src/backend/backend.entity.js';
import type { CycladesCloud } from './harness.js';

export const CALLBACK_SECRET = 'callback-secret-of-tests';
const GANETI = path.resolve(__dirname, '../../../infra/ganeti');

/** What an operator installs on the master of the simulated cluster, which lies beside it. */
export class Master {
  readonly #config: string;
  readonly #hooks: string;
  readonly #spool: string;
  #forwarder: RunningProcess | null = null;

  private constructor(cloud: CycladesCloud) {
    this.#config = path.join(cloud.dir, 'updates.json');
    this.#hooks = path.join(cloud.dir, 'hooks');
    this.#spool = path.join(cloud.dir, 'spool');
  }

  static async install(cloud: CycladesCloud): Promise<Master> {
    const master = new Master(cloud);
    const secretFile = path.join(cloud.dir, 'callback-secret');
    await writeFile(secretFile, `${CALLBACK_SECRET}\n`);
    await mkdir(master.#hooks, { recursive: true });
    const config = {
      cluster: 'sim',
      url: cloud.url,
      secretFile,
      queueDir: path.join(cloud.dir, 'sim', 'queue'),
      spoolDir: master.#spool,
      isMasterCommand: ['true'],
    };
    await writeFile(master.#config, JSON.stringify(config));
    const hash = { callbackSecretHash: callbackSecretHash(CALLBACK_SECRET) };
    await cloud.core.dataSource.manager.update(BackendEntity, { clusterName: 'sim' }, hash);
    return master;
  }

  async startForwarder(): Promise<void> {
    this.#forwarder = await startProcess({
      command: process.execPath,
      args: [path.join(GANETI, 'forwarder', 'main.mjs'), '--config', this.#config],
      readyWhen: /"ready"/,
    });
  }

  async stopForwarder(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#forwarder?.kill(signal);
    this.#forwarder = null;
  }

  async installHooks(): Promise<void> {
    await this.#install([]);
  }

  async removeHooks(): Promise<void> {
    await this.#install(['--remove']);
  }

  /** Waits until so many messages wait on disk. */
  async spooled(what: 'events' | 'hooks', atLeast: number): Promise<void> {
    const options = { everyMs: 50, timeoutMs: 20_000, what: `${atLeast} messages in the spool` };
    await poll(options, async () => ((await this.waiting(what)) >= atLeast ? true : undefined));
  }

  async waiting(what: 'events' | 'hooks'): Promise<number> {
    const names = await readdir(path.join(this.#spool, what)).catch(() => []);
    return names.filter((name) => name.endsWith('.json')).length;
  }

  async #install(more: string[]): Promise<void> {
    const script = path.join(GANETI, 'install-updates.mjs');
    const args = [script, '--config', this.#config, '--hooks-dir', this.#hooks, ...more];
    const run = await startProcess({ command: process.execPath, args });
    await run.exited;
  }
}
