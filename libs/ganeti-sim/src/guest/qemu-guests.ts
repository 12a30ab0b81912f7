/**
 * Instances in QEMU. A guest is a daemon of its own: it outlives the simulator and is found again by its pid file. Its process counts as the
 * instance's only when its command line names the instance's uuid, so a reused process id is never taken for a guest.
 *
 * Files of a guest, in the state directory: `guests/NAME.json` (process id, start time), `pid/NAME`, `console/NAME.log` (all serial output);
 * sockets of its serial console and of QMP in the socket directory, by the first part of the uuid (socket paths are short).
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { backoff, type Logger } from '@synnefo/runtime';
import { replaceFile } from '../atomic-file.js';
import type { DiskConfig, InstanceConfig } from '../cluster/cluster-config.js';
import { OpError } from '../opcode/op-error.js';
import type { DiskSource } from '../storage/disks.js';
import type { Guests } from './guests.js';
import { commandLine, findProcess, isAlive, type ProcessId, signalProcess } from './process.js';
import { blockdev, deviceId, qemuArguments } from './qemu-command.js';
import { qmp, type QmpCommand } from './qmp.js';

export interface QemuOptions {
  readonly stateDir: string;
  readonly binary: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly logger: Logger;
}

const START_LIMIT_MS = 30_000;
/** A guest that is still booting is deaf to the power button: it is pressed again. */
const BUTTON_EVERY_MS = 3000;
const POLL_MS = 50;
const KILL_LIMIT_MS = 10_000;
const MAX_SOCKET_DIR = 60;

export class QemuGuests implements Guests {
  readonly #sockets: string;

  constructor(private readonly options: QemuOptions) {
    this.#sockets = socketDir(options.stateDir);
    for (const name of ['guests', 'pid', 'console']) {
      mkdirSync(path.join(options.stateDir, name), { recursive: true, mode: 0o700 });
    }
    mkdirSync(this.#sockets, { recursive: true, mode: 0o700 });
  }

  isRunning(instance: InstanceConfig): boolean {
    return this.#find(instance) !== null;
  }

  async start(instance: InstanceConfig, disks: readonly DiskSource[]): Promise<void> {
    if (this.isRunning(instance)) return;
    const { stateDir, accelerator, binary, logger } = this.options;
    const files = this.#files(instance);
    for (const file of [files.pid, files.serial, files.qmp, files.vnc]) rmSync(file, { force: true });
    const consoleLog = path.join(stateDir, 'console', `${instance.name}.log`);
    const failure = await run(
      binary,
      qemuArguments({ instance, disks, accelerator, files: { ...files, consoleLog } }),
    );
    const id = this.#find(instance);
    if (failure !== null || id === null) {
      throw OpError.exec(
        `Could not start instance '${instance.name}': Hypervisor error: Failed to start instance ${instance.name}: ${failure ?? 'it ended at once'}`,
      );
    }
    logger.info({ instance: instance.name, pid: id.pid, accelerator }, 'guest started');
  }

  async stop(instance: InstanceConfig, timeoutS: number): Promise<void> {
    const id = this.#find(instance);
    if (id !== null) {
      if (timeoutS > 0) await this.#powerDown(instance, id, timeoutS * 1000);
      await end(id);
    }
    const files = this.#files(instance);
    for (const file of [files.pid, files.record, files.serial, files.qmp, files.vnc])
      rmSync(file, { force: true });
  }

  consoleCommand(instance: InstanceConfig): string[] {
    return ['/usr/bin/socat', 'STDIO,raw,echo=0,escape=0x1d', `UNIX-CONNECT:${this.#files(instance).serial}`];
  }

  async plugDisk(instance: InstanceConfig, source: DiskSource): Promise<void> {
    const id = deviceId(source.disk);
    const device = { driver: 'virtio-blk-pci', id, drive: id };
    await this.#qmp(instance, [{ execute: 'blockdev-add', arguments: blockdev(source) }]);
    try {
      await this.#qmp(instance, [{ execute: 'device_add', arguments: device }]);
    } catch (error) {
      await this.#qmp(instance, [{ execute: 'blockdev-del', arguments: { 'node-name': id } }]);
      throw error;
    }
  }

  async unplugDisk(instance: InstanceConfig, disk: DiskConfig): Promise<void> {
    const id = deviceId(disk);
    await this.#qmp(instance, [{ execute: 'device_del', arguments: { id } }]);
    // The guest lets go in its own time; until then the node is in use and cannot be deleted.
    const remove = { execute: 'blockdev-del', arguments: { 'node-name': id } };
    const options = { attempts: 10, firstMs: 200, maxMs: 500, isRetriable: () => true };
    await backoff(options, () => this.#qmp(instance, [remove]));
  }

  #qmp(instance: InstanceConfig, commands: readonly QmpCommand[]): Promise<unknown[]> {
    return qmp(this.#files(instance).qmp, commands);
  }

  async #powerDown(instance: InstanceConfig, id: ProcessId, limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (isAlive(id) && Date.now() < deadline) {
      try {
        await this.#qmp(instance, [{ execute: 'system_powerdown' }]);
      } catch (error) {
        if (!isAlive(id)) return;
        this.options.logger.warn({ err: error, instance: instance.name }, 'power button failed');
      }
      await gone(id, Math.min(BUTTON_EVERY_MS, deadline - Date.now()));
    }
  }

  /** The guest's process, from the record or, when a crash prevented that, from the pid file. */
  #find(instance: InstanceConfig): ProcessId | null {
    const files = this.#files(instance);
    const recorded = readRecord(files.record);
    if (recorded !== null && isAlive(recorded)) return recorded;
    const pid = existsSync(files.pid) ? Number(readFileSync(files.pid, 'utf8')) : Number.NaN;
    if (!Number.isInteger(pid) || !commandLine(pid).includes(instance.uuid)) return null;
    const id = findProcess(pid);
    if (id !== null) replaceFile(files.record, JSON.stringify(id));
    return id;
  }

  #files(instance: InstanceConfig): {
    record: string;
    pid: string;
    serial: string;
    qmp: string;
    vnc: string;
  } {
    const { stateDir } = this.options;
    const [short = instance.uuid] = instance.uuid.split('-');
    return {
      record: path.join(stateDir, 'guests', `${instance.name}.json`),
      pid: path.join(stateDir, 'pid', instance.name),
      serial: path.join(this.#sockets, `${short}.serial`),
      qmp: path.join(this.#sockets, `${short}.qmp`),
      vnc: path.join(this.#sockets, `${short}.vnc`),
    };
  }
}

/** Ends all guests of a state directory at once, with or without a simulator. @returns how many lived */
export async function stopGuests(stateDir: string): Promise<number> {
  const guests = path.join(stateDir, 'guests');
  const pids = path.join(stateDir, 'pid');
  const records = existsSync(guests)
    ? readdirSync(guests).map((name) => readRecord(path.join(guests, name)))
    : [];
  const ids = new Map(records.flatMap((id) => (id === null || !isAlive(id) ? [] : [[id.pid, id] as const])));
  for (const name of existsSync(pids) ? readdirSync(pids) : []) {
    const file = path.join(pids, name);
    const pid = Number(readFileSync(file, 'utf8'));
    const id = commandLine(pid).includes(file) ? findProcess(pid) : null;
    if (id !== null) ids.set(pid, id);
  }
  await Promise.all([...ids.values()].map((id) => end(id)));
  return ids.size;
}

/** Below the state directory when its path is short enough for sockets (107 bytes), else a private one of its own. */
export function socketDir(stateDir: string): string {
  const dir = path.join(path.resolve(stateDir), 'ctrl');
  if (Buffer.byteLength(dir) <= MAX_SOCKET_DIR) return dir;
  const hash = createHash('sha256').update(path.resolve(stateDir)).digest('hex').slice(0, 16);
  return path.join(tmpdir(), `ganeti-sim-${hash}`);
}

async function end(id: ProcessId): Promise<void> {
  signalProcess(id, 'SIGTERM');
  await gone(id, 2000);
  signalProcess(id, 'SIGKILL');
  await gone(id, KILL_LIMIT_MS);
}

async function gone(id: ProcessId, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (isAlive(id) && Date.now() < deadline) await delay(POLL_MS);
}

function readRecord(file: string): ProcessId | null {
  try {
    const { pid, startTicks } = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessId>; // written by this class alone
    return typeof pid === 'number' && typeof startTicks === 'string' ? { pid, startTicks } : null;
  } catch {
    return null;
  }
}

/** Runs QEMU until it has become a daemon. @returns what it says when it fails */
function run(binary: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(binary, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      timeout: START_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8').slice(0, 4000);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) =>
      resolve(code === 0 ? null : `${text.trim()} (exited with ${code ?? signal ?? 'nothing'})`),
    );
  });
}
