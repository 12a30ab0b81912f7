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

const attachment = z.object({
  name: z.string(),
  /** A live migration of the guest that uses it is announced. */
  shared: z.boolean().default(false),
});
type AttachmentRecord = z.infer<typeof attachment>;
const DEFAULT_MAX_ATTACHED = 1024;

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
      await this.attachLocked(name);
      return this.socketPath(name);
    });
  }

  /**
   * Attaches a volume for a guest that is on this node alone, or, when it is not `exclusive`, that is about to move from or to it.
   * @throws Busy when the volume stays open on another node
   */
  open(name: string, { exclusive }: { readonly exclusive: boolean }): Promise<void> {
    return this.mutex.run(name, async () => {
      const exported = await this.attachLocked(name);
      if (exported.isShared !== exclusive) return;
      if (exclusive) await exported.keep();
      await this.records.put(name, { name, shared: !exclusive });
      if (!exclusive) exported.share();
      this.log.info({ volume: name, exclusive }, 'volume opened');
    });
  }

  /** No guest on this node uses the volume any more, or not for now: what was answered becomes durable, and another node may open it. */
  close(name: string): Promise<void> {
    return this.mutex.run(name, async () => {
      const exported = this.attached.get(name);
      if (exported === undefined) return;
      const wasShared = exported.isShared;
      await exported.surrender();
      if (wasShared) await this.records.put(name, { name, shared: false });
      this.log.info({ volume: name, connections: exported.connectionCount }, 'volume closed');
    });
  }

  /**
   * Closes a volume for another node, and one that this node's former archipelagod left open. Does not wait for other calls on the
   * volume, which may themselves wait for the other node.
   * @throws Busy while it is used here, unless a live migration is announced on both nodes: here, and with `shared` there
   */
  async release(name: string, asker: { readonly shared: boolean }): Promise<void> {
    await this.attached.get(name)?.giveUp(asker);
    await this.archipelago.recover(name);
    this.log.info({ volume: name }, 'lease released');
  }

  /** Reads for another node. @throws Busy when the volume is not open here */
  readForPeer(name: string, { offset, length }: { offset: number; length: number }): Promise<Buffer> {
    return this.forPeer(name, (volume) => volume.read(offset, length));
  }

  /** Flushes for another node. @throws Busy when the volume is not open here */
  flushForPeer(name: string): Promise<void> {
    return this.forPeer(name, (volume) => volume.flush());
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
    return this.mutex.run(name, async () => {
      const sealed = await this.attached.get(name)?.useHere((volume) => volume.snapshot(snapshotName));
      return sealed?.result ?? this.archipelago.snapshot(name, snapshotName);
    });
  }

  /** Clients see the new size when they connect again (or the hypervisor tells the guest). */
  grow(name: string, sizeBytes: number): Promise<Info> {
    return this.mutex.run(name, async () => {
      const grown = await this.attached.get(name)?.useHere((volume) => volume.grow(sizeBytes));
      return grown ? this.archipelago.info(name) : this.archipelago.grow(name, sizeBytes);
    });
  }

  /** What an attached volume is busy with; null when it is not attached. */
  status(name: string): { socket: string; connections: number; open: boolean; shared: boolean } | null {
    const exported = this.attached.get(name);
    if (exported === undefined) return null;
    const { connectionCount: connections, isOpen: open, isShared: shared } = exported;
    return { socket: this.socketPath(name), connections, open, shared };
  }

  /** Closes everything cleanly; the volumes stay attached for the next start. */
  async stop(): Promise<void> {
    await Promise.all([...this.attached.values()].map((exported) => exported.stop('drop')));
    this.attached.clear();
  }

  private async attachLocked(name: string): Promise<ExportedVolume> {
    const present = this.attached.get(name);
    if (present !== undefined) return present;
    if (this.attached.size >= (this.options.maxAttached ?? DEFAULT_MAX_ATTACHED)) {
      throw new TooLarge(`${this.attached.size} volumes are attached already`);
    }
    const exported = await this.listen(name);
    await this.records.put(name, { name, shared: false });
    this.attached.set(name, exported);
    this.log.info({ volume: name }, 'volume attached');
    return exported;
  }

  private async forPeer<T>(name: string, fn: (volume: Volume) => Promise<T>): Promise<T> {
    const found = await this.attached.get(name)?.useHere(fn);
    if (found) return found.result;
    // The lease may name this node because its former archipelagod was killed; then whoever asks can have it.
    await this.archipelago.recover(name);
    throw new Busy(`volume ${name} is not open here`, { resource: name });
  }

  private async detachLocked(name: string): Promise<void> {
    const exported = this.attached.get(name);
    if (exported === undefined) return;
    await this.records.remove(name);
    this.attached.delete(name);
    await exported.stop('refuse');
    this.log.info({ volume: name }, 'volume detached');
  }

  private async listen(name: string): Promise<ExportedVolume> {
    const { readOnly } = await this.archipelago.info(name);
    const socket = this.socketPath(name);
    this.checkPath(socket);
    if (await isAlive(socket)) throw new Exists(`another process serves ${socket}`);
    await unlink(socket).catch(ignoreMissing);
    const { lingerMs, nbdGroupId } = this.options;
    return ExportedVolume.listen(
      {
        name,
        lingerMs,
        info: () => this.archipelago.info(name),
        openVolume: async () => {
          const volume = await this.archipelago.openVolume(name, { mode: readOnly ? 'ro' : 'rw' });
          this.log.info({ volume: name }, 'volume open');
          return volume;
        },
        holder: () => this.archipelago.holder(name),
        onProblem: (what, error) => this.log.warn({ volume: name, err: error }, what),
      },
      { path: socket, ...(nbdGroupId === undefined ? {} : { groupId: nbdGroupId }) },
    );
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
        const exported = await this.listen(name);
        if ((await this.records.get(name))?.shared) exported.share();
        this.attached.set(name, exported);
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
