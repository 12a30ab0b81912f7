import { createHash } from 'node:crypto';
import type { Info, Volume } from './block-device.js';
import { Blocker } from './blocker/blocker.js';
import { type Stores, openStores } from './driver/open-stores.js';
import { Busy, NotReadOnly, TooLarge } from './errors.js';
import { assertResourceName } from './format/names.js';
import { callControl, volumePath } from './lease/control-client.js';
import { Leases, type Machine } from './lease/lease.js';
import { type Peer, peerOf } from './lease/peer.js';
import { currentProcess, isProcessAlive } from './lease/process-identity.js';
import { PageStore } from './mapper/page-store.js';
import { Catalogue, infoOf } from './resource/catalogue.js';
import { type ResourceContext, clone, createEmpty, createFromHashes } from './resource/create.js';
import { MapReader } from './resource/reader.js';
import type { Blocks, CreateFromHashesOptions, CreateOptions, SealedReader } from './resource/resource.js';
import { type VolumeContext, openVolume } from './volume/open-volume.js';
import { SealedVolume } from './volume/sealed-volume.js';
import { SharedVolume } from './volume/shared-volume.js';
import type { StoredVolume } from './volume/stored-volume.js';

/** What the library logs with; pino's logger fits. */
export interface ArchipelagoLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ArchipelagoOptions {
  /** `dir:/path` or `memory:`. */
  readonly store: string;
  /** Node name written into leases. */
  readonly node: string;
  /** URL of this process's control socket (`unix:/path`), written into leases. */
  readonly control?: string;
  readonly logger?: ArchipelagoLogger;
  readonly limits?: Partial<Limits>;
}

export interface Limits {
  /** Open volumes of this process. */
  readonly maxOpenVolumes: number;
  /** Pages kept in memory. */
  readonly pageCacheEntries: number;
}

const DEFAULT_LIMITS: Limits = { maxOpenVolumes: 1024, pageCacheEntries: 4096 };

interface OpenVolume {
  readonly volume: Promise<StoredVolume>;
  users: number;
  /** Set when the last user has gone. */
  closing: Promise<void> | null;
}

/** The storage engine over one store. Constructed by `Archipelago.open`. */
export class Archipelago {
  readonly blocks: Blocks;
  private readonly context: VolumeContext & ResourceContext;
  private readonly volumes = new Map<string, OpenVolume>();
  private readonly limits: Limits;

  private constructor(
    private readonly stores: Stores,
    options: Omit<ArchipelagoOptions, 'store'>,
    machine: Machine,
  ) {
    const { maps, blocks } = stores;
    const { node, control } = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    const blocker = new Blocker(blocks);
    this.blocks = blocker;
    const me = control === undefined ? { node } : { node, control };
    this.context = {
      maps,
      blocks,
      blocker,
      pages: new PageStore(maps, this.limits.pageCacheEntries),
      catalogue: new Catalogue(maps),
      leases: new Leases(maps, me, machine),
      boot: bootBytes(machine.process.bootId),
    };
  }

  /** Opens a store; `IoFailed` when it cannot be used. */
  static async open(options: ArchipelagoOptions): Promise<Archipelago> {
    return Archipelago.over(await openStores(options.store), options);
  }

  /** The same over stores that are open already, on a machine of the caller's; crash tests cut its power. */
  static over(
    stores: Stores,
    options: Omit<ArchipelagoOptions, 'store'>,
    machine: Machine = { process: currentProcess(), isAlive: isProcessAlive },
  ): Archipelago {
    return new Archipelago(stores, options, machine);
  }

  /** An empty volume. */
  create(name: string, options: CreateOptions): Promise<Info> {
    return createEmpty(this.context, name, options);
  }

  /** A read-only resource of blocks in the store; `BlockMissing` names those that are not. */
  createFromHashes(name: string, options: CreateFromHashesOptions): Promise<Info> {
    return createFromHashes(this.context, name, options);
  }

  /** A volume with the content of a read-only resource; no data moves. */
  clone(source: string, name: string, options: { readonly sizeBytes?: number } = {}): Promise<Info> {
    return clone(this.context, source, name, options);
  }

  /** Seals a volume's content under a name, through the daemon that has it open, if one has. Repeated, it succeeds. */
  async snapshot(volume: string, name: string): Promise<Info> {
    const { catalogue } = this.context;
    assertResourceName(name);
    const { head } = await catalogue.get(volume);
    const present = await catalogue.find(name);
    if (present?.head.readOnly && present.head.parentUuid === head.uuid) return infoOf(name, present.head);
    await this.onOwner(volume, 'snapshot', { body: { name }, act: (open) => open.snapshot(name) });
    return this.info(name);
  }

  /** Removes a resource; success when there is none. `Busy` while a volume is open. */
  async remove(name: string): Promise<void> {
    const { catalogue, leases } = this.context;
    const stored = await catalogue.find(name);
    if (stored === null) {
      // The name of a removal that was cut short may be left.
      if ((await catalogue.findUuid(name)) !== null) await catalogue.removeAlias(name);
      return;
    }
    if (stored.head.readOnly) return catalogue.remove(name, stored);
    const lease = await leases.acquire(stored.head.uuid, stored.head.generation);
    try {
      const now = await catalogue.findHead(stored.head.uuid);
      if (now !== null) await catalogue.remove(name, now);
    } finally {
      await lease.release();
    }
  }

  async info(name: string): Promise<Info> {
    return infoOf(name, (await this.context.catalogue.get(name)).head);
  }

  async find(name: string): Promise<Info | null> {
    const stored = await this.context.catalogue.find(name);
    return stored === null ? null : infoOf(name, stored.head);
  }

  /** Live resources whose names begin with `prefix`, in order. */
  list(prefix = ''): AsyncIterable<Info> {
    return this.context.catalogue.list(prefix);
  }

  /** Makes a volume larger, through the daemon that has it open, if one has. */
  async grow(name: string, sizeBytes: number): Promise<Info> {
    await this.onOwner(name, 'grow', { body: { sizeBytes }, act: (open) => open.grow(sizeBytes) });
    return this.info(name);
  }

  /** Reads a file, image or snapshot; `NotReadOnly` for a volume. */
  async reader(name: string): Promise<SealedReader> {
    const { head } = await this.context.catalogue.get(name);
    if (!head.readOnly) throw new NotReadOnly(`resource ${name} is writable`, { resource: name });
    return new MapReader(this.context.blocks, this.context.pages, name, head);
  }

  /**
   * Opens a volume. Mode `rw` takes the lease, or shares it when this process has it: then the last `close` gives it up.
   * Mode `ro` is for read-only resources and takes none.
   */
  async openVolume(name: string, options: { readonly mode: 'rw' | 'ro' }): Promise<Volume> {
    if (options.mode === 'ro') return new SealedVolume(await this.reader(name));
    for (let closing = this.volumes.get(name)?.closing; closing; closing = this.volumes.get(name)?.closing) {
      await closing.catch(() => undefined);
    }
    const open = this.volumes.get(name) ?? this.startOpening(name);
    open.users += 1;
    const volume = await open.volume;
    return new SharedVolume(volume, async () => {
      open.users -= 1;
      if (open.users > 0) return;
      open.closing = volume.close();
      await open.closing;
    });
  }

  /** The process that has a volume open, unless it is this one; null when the lease is free. */
  async holder(name: string): Promise<Peer | null> {
    const { catalogue, leases } = this.context;
    const owner = await leases.holder((await catalogue.get(name)).head.uuid);
    return owner === null || leases.isMine(owner) ? null : peerOf(name, owner);
  }

  /** Closes a volume that a process of this node left open when it died: what it had answered is kept, and the lease becomes free. */
  async recover(name: string): Promise<void> {
    const { catalogue, leases } = this.context;
    if (!(await leases.isAbandoned((await catalogue.get(name)).head.uuid))) return;
    await (await this.openVolume(name, { mode: 'rw' })).close();
  }

  /** Closes every open volume and the store. */
  async close(): Promise<void> {
    const open = await Promise.allSettled([...this.volumes.values()].map(({ volume }) => volume));
    const volumes = open.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const closed = await Promise.allSettled(volumes.map((volume) => volume.close()));
    await this.stores.maps.close();
    await this.stores.blocks.close();
    const failed = closed.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private startOpening(name: string): OpenVolume {
    if (this.volumes.size >= this.limits.maxOpenVolumes) {
      throw new TooLarge(`${this.volumes.size} volumes are open`, { resource: name });
    }
    const volume = openVolume(this.context, name, () => this.volumes.delete(name));
    const open: OpenVolume = { volume, users: 0, closing: null };
    this.volumes.set(name, open);
    volume.catch(() => this.volumes.delete(name));
    return open;
  }

  /** Acts on a volume here, taking the lease for a moment, or through the control socket of its holder. */
  private async onOwner(
    name: string,
    verb: 'snapshot' | 'grow',
    action: { readonly body: object; readonly act: (volume: Volume) => Promise<unknown> },
  ): Promise<void> {
    let volume: Volume;
    try {
      volume = await this.openVolume(name, { mode: 'rw' });
    } catch (error) {
      if (!(error instanceof Busy) || error.control === undefined) throw error;
      await callControl(error.control, {
        method: 'POST',
        path: volumePath(name, `/${verb}`),
        body: action.body,
      });
      return;
    }
    try {
      await action.act(volume);
    } finally {
      await volume.close();
    }
  }
}

/** A boot id as the 16 bytes that begin a volatile journal. */
function bootBytes(bootId: string): Buffer {
  return createHash('sha256').update(bootId).digest().subarray(0, 16);
}
