import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Logger } from '@synnefo/runtime';
import { ClusterStore } from './cluster/cluster-config.js';
import type { SimConfig } from './config.js';
import { type Guests, GuestsByHypervisor, StateOnlyGuests } from './guest/guests.js';
import { QemuGuests } from './guest/qemu-guests.js';
import { createRapiServer } from './http/server.js';
import { Users } from './http/users.js';
import { JobQueue } from './job/job-queue.js';
import { JobStore } from './job/job-store.js';
import { Hooks } from './hook/hooks.js';
import type { OpContext } from './opcode/context.js';
import { opRunner } from './opcode/registry.js';
import { Disks } from './storage/disks.js';
import { ExtStorage } from './storage/extstorage.js';

const STOP_JOBS_MS = 8000;

/** A simulated cluster of one node behind its remote API. */
export interface Simulator {
  readonly url: string;
  /** How instances of hypervisor `kvm` run. */
  readonly accelerator: 'kvm' | 'tcg' | 'none';
  /** Takes no more requests and lets the running jobs end (8 s at most). Guests go on. */
  close(): Promise<void>;
}

/** Starts on the state of `GANETI_SIM_DIR`: guests are adopted, jobs go on or are ended. */
export async function startSimulator(config: SimConfig, logger: Logger): Promise<Simulator> {
  const stateDir = path.resolve(config.GANETI_SIM_DIR);
  const cluster = new ClusterStore(stateDir);
  const accelerator = chooseAccelerator(config);
  const ext = new ExtStorage(config.GANETI_SIM_EXTSTORAGE_DIR ?? null, stateDir);
  const context: OpContext = {
    cluster,
    guests: guestsFor(accelerator, { config, cluster, stateDir, logger }),
    disks: new Disks(ext, stateDir),
    operatingSystems: config.GANETI_SIM_OS.split(',').map((name) => name.trim()),
    logger,
  };
  const runner = opRunner(context, new Hooks(config.GANETI_SIM_HOOKS_DIR ?? null, cluster));
  const store = new JobStore(stateDir, (op) => runner.summary(op));
  const queue = new JobQueue({ store, runner, logger, speed: config.GANETI_SIM_SPEED });
  const users = new Users(config.GANETI_SIM_USERS_FILE);
  const server = createRapiServer({ users, context: { ...context, queue, stateDir }, logger });
  await listen(server, config);
  queue.start();
  const { port } = server.address() as AddressInfo; // a TCP server that listens
  return {
    url: `http://${config.SYNNEFO_LISTEN_HOST}:${port}`,
    accelerator,
    close: async () => {
      server.close();
      await queue.stop(STOP_JOBS_MS);
      server.closeAllConnections();
    },
  };
}

function guestsFor(
  accelerator: 'kvm' | 'tcg' | 'none',
  {
    config,
    cluster,
    stateDir,
    logger,
  }: { config: SimConfig; cluster: ClusterStore; stateDir: string; logger: Logger },
): Guests {
  const stateOnly = new StateOnlyGuests(cluster);
  if (accelerator === 'none') return stateOnly;
  const kvm = new QemuGuests({ stateDir, binary: config.GANETI_SIM_QEMU_BINARY, accelerator, logger });
  return new GuestsByHypervisor({ kvm }, stateOnly);
}

/** `auto` never trusts /dev/kvm: it may open and still hang, so whoever has probed it says `kvm`. */
function chooseAccelerator(config: SimConfig): 'kvm' | 'tcg' | 'none' {
  if (config.GANETI_SIM_QEMU !== 'auto') return config.GANETI_SIM_QEMU;
  return isInstalled(config.GANETI_SIM_QEMU_BINARY) ? 'tcg' : 'none';
}

function isInstalled(binary: string): boolean {
  if (binary.includes('/')) return existsSync(binary);
  const dirs = ['/usr/local/bin', '/usr/bin', '/bin'];
  return dirs.some((dir) => existsSync(path.join(dir, binary)));
}

function listen(server: Server, config: SimConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.GANETI_SIM_PORT, config.SYNNEFO_LISTEN_HOST, () => resolve());
  });
}
