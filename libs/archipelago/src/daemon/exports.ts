/**
 * The volumes of this node: what archipelagod does for its callers.
 *
 * Guarantees: the list of attached volumes survives the process (an attach is answered after it is on disk), and all of them are served
 * again before the daemon says that it is ready; work on one volume is done one call at a time; a volume that is attached is only ever
 * opened here, by its `ExportedVolume`. All calls may be repeated.
 */
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Archipelago, ArchipelagoLogger } from '../archipelago.js';
import type { Info, Volume } from '../block-device.js';
import { Busy, Exists, NotFound, TooLarge } from '../errors.js';
import { MAX_SOCKET_PATH_BYTES } from '../nbd/server.js';
import { ExportedVolume } from './exported-volume.js';
import { KeyedMutex } from './keyed-mutex.js';
import { RecordDir } from './record-dir.js';

export interface ExportsOptions {
  readonly nbdDir: string;
  readonly stateDir: string;
  readonly nbdGroupId?: number;
  readonly lingerMs: number;
  /** Attached volumes of one daemon; beyond it an attach is refused. */
  readonly maxAttached?: number;
}

export interface CreateVolume {
  readonly name: string;
  readonly sizeBytes?: number;
  /** A read-only resource to clone. */
  readonly origin?: string;
}

const attachment = z.object({ name: z.string() });
type AttachmentRecord = z.infer<typeof attachment>;
const DEFAULT_MAX_ATTACHED = 1024;
const BUSY_WAIT_MS = 10_000;
const BUSY_RETRY_MS = 50;

export class Exports {
  private readonly attached = new Map<string, ExportedVolume>();
  private readonly mutex = new KeyedMutex();

  private constructor(
    readonly archipelago: Archipelago,
    private readonly options: ExportsOptions,
    private readonly records: RecordDir<AttachmentRecord>,
    private readonly log: ArchipelagoLogger,
  ) {}

  /** Makes the directories, removes dead sockets, and serves again what was attached. */
  static async open(
    archipelago: Archipelago,
    options: ExportsOptions,
    log: ArchipelagoLogger,
  ): Promise<Exports> {
    await mkdir(options.nbdDir, { recursive: true, mode: 0o755 });
    const records = await RecordDir.open(path.join(options.stateDir, 'attached'), (value) =>
      attachment.parse(value),
    );
    const exports = new Exports(archipelago, options, records, log);
    await exports.removeDeadSockets();
    await exports.restore();
    return exports;
  }

  /** Creates an empty volume, or a clone of `origin`, at least as large. @throws Exists, NotFound, InvalidName, InvalidSize */
  create({ name, sizeBytes, origin }: CreateVolume): Promise<Info> {
    return this.mutex.run(name, () => {
      if (origin !== undefined)
        return this.archipelago.clone(origin, name, sizeBytes === undefined ? {} : { sizeBytes });
      return this.archipelago.create(name, { sizeBytes: sizeBytes ?? 0 });
    });
  }

  info(name: string): Promise<Info> {
    return this.archipelago.info(name);
  }

  list(prefix?: string): AsyncIterable<Info> {
    return this.archipelago.list(prefix);
  }

  /** The socket of a volume, whether it is attached or not: the path depends on the name alone. */
  socketPath(name: string): string {
    return path.join(this.options.nbdDir, `${name}.sock`);
  }

  isAttached(name: string): boolean {
    return this.attached.has(name);
  }

  /** @returns the socket's path. @throws NotFound, TooLarge when path or number of volumes is beyond the limit */
  attach(name: string): Promise<string> {
    return this.mutex.run(name, async () => {
      if (!this.attached.has(name)) {
        if (this.attached.size >= (this.options.maxAttached ?? DEFAULT_MAX_ATTACHED)) {
          throw new TooLarge(`${this.attached.size} volumes are attached already`);
        }
        const info = await this.archipelago.info(name);
        const exported = await this.listen(info);
        await this.records.put(name, { name });
        this.attached.set(name, exported);
        this.log.info({ volume: name }, 'volume attached');
      }
      return this.socketPath(name);
    });
  }

  /** Ends the volume's connections, closes it and removes the socket; a volume that is not attached stays so. */
  detach(name: string): Promise<void> {
    return this.mutex.run(name, () => this.detachLocked(name));
  }

  /** @throws Busy when it is attached and `isForced` is not set. A volume that does not exist is removed already */
  remove(name: string, isForced = false): Promise<void> {
    return this.mutex.run(name, async () => {
      if (this.attached.has(name) && !isForced)
        throw new Busy(`volume ${name} is attached; detach it first`, { resource: name });
      await this.detachLocked(name);
      await this.archipelago.remove(name);
    });
  }

  /** Seals the content as of now under `snapshotName`. */
  snapshot(name: string, snapshotName: string): Promise<Info> {
    return this.mutex.run(name, () => {
      const exported = this.attached.get(name);
      if (exported === undefined) return this.archipelago.snapshot(name, snapshotName);
      return exported.use((volume) => volume.snapshot(snapshotName));
    });
  }

  /** Clients see the new size when they connect again (or the hypervisor tells the guest). */
  grow(name: string, sizeBytes: number): Promise<Info> {
    return this.mutex.run(name, async () => {
      const exported = this.attached.get(name);
      if (exported === undefined) return this.archipelago.grow(name, sizeBytes);
      await exported.use((volume) => volume.grow(sizeBytes));
      return this.archipelago.info(name);
    });
  }

  /** Makes what was answered durable, if the volume is open here. */
  flush(name: string): Promise<void> {
    return this.mutex.run(name, async () => this.attached.get(name)?.flush());
  }

  /** What an attached volume is busy with; null when it is not attached. */
  status(name: string): { socket: string; connections: number; open: boolean } | null {
    const exported = this.attached.get(name);
    if (exported === undefined) return null;
    return { socket: this.socketPath(name), connections: exported.connectionCount, open: exported.isOpen };
  }

  /** Closes everything cleanly; the volumes stay attached for the next start. */
  async close(): Promise<void> {
    await Promise.all([...this.attached.values()].map((exported) => exported.stop('drop')));
    this.attached.clear();
  }

  private async detachLocked(name: string): Promise<void> {
    const exported = this.attached.get(name);
    if (exported === undefined) return;
    await this.records.remove(name);
    this.attached.delete(name);
    await exported.stop('refuse');
    this.log.info({ volume: name }, 'volume detached');
  }

  private async listen(info: Info): Promise<ExportedVolume> {
    const { name } = info;
    const socket = this.socketPath(name);
    this.checkPath(socket);
    if (await isAlive(socket)) throw new Exists(`another process serves ${socket}`);
    await unlink(socket).catch(ignoreMissing);
    const openVolume = (): Promise<Volume> => this.openVolume(name, info.readOnly ? 'ro' : 'rw');
    const onProblem = (what: string, error: unknown): void =>
      this.log.warn({ volume: name, err: error }, what);
    const { lingerMs, nbdGroupId } = this.options;
    return ExportedVolume.listen(
      { name, lingerMs, openVolume, onProblem },
      { path: socket, ...(nbdGroupId === undefined ? {} : { groupId: nbdGroupId }) },
    );
  }

  /** Waits while somebody else has the lease for a moment (a worker that seals a snapshot). @throws Busy when it is longer */
  private async openVolume(name: string, mode: 'rw' | 'ro'): Promise<Volume> {
    const deadline = Date.now() + BUSY_WAIT_MS;
    for (;;) {
      try {
        return await this.archipelago.openVolume(name, { mode });
      } catch (error) {
        if (!(error instanceof Busy) || Date.now() >= deadline) throw error;
        await delay(BUSY_RETRY_MS);
      }
    }
  }

  /** @throws TooLarge that says what to change */
  checkPath(socket: string): void {
    const bytes = Buffer.byteLength(socket);
    if (bytes <= MAX_SOCKET_PATH_BYTES) return;
    throw new TooLarge(
      `the socket path ${socket} has ${bytes} bytes, the limit is ${MAX_SOCKET_PATH_BYTES}: use a shorter ARCHIPELAGO_NBD_DIR`,
    );
  }

  private async restore(): Promise<void> {
    for (const name of await this.records.names()) {
      try {
        this.attached.set(name, await this.listen(await this.archipelago.info(name)));
      } catch (error) {
        if (error instanceof NotFound) await this.records.remove(name);
        this.log.error({ volume: name, err: error }, 'volume cannot be attached again');
      }
    }
  }

  private async removeDeadSockets(): Promise<void> {
    for (const file of await readdir(this.options.nbdDir)) {
      const socket = path.join(this.options.nbdDir, file);
      if (!file.endsWith('.sock') || (await isAlive(socket))) continue;
      await unlink(socket).catch(ignoreMissing);
    }
  }
}

/** Whether somebody listens on a unix socket. */
export function isAlive(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EAGAIN' || error.code === 'EACCES'),
    );
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
