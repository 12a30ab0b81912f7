import type { Store } from '../driver/store.js';
import { Corrupt, Exists, NotFound, ReadOnly } from '../errors.js';
import { type Entry, ZERO_ENTRY, objectName } from '../format/entry.js';
import type { Head } from '../format/head.js';
import { Journal } from '../journal/journal.js';
import { type Replay, readJournal } from '../journal/replay.js';
import type { HeldLease, Leases } from '../lease/lease.js';
import { BlockMap } from '../mapper/block-map.js';
import type { PageStore } from '../mapper/page-store.js';
import { levelFor } from '../mapper/page-tree.js';
import type { Catalogue } from '../resource/catalogue.js';
import { Committer, blockCount } from './committer.js';
import { snapshotHead } from './snapshot-head.js';
import { StoredVolume } from './stored-volume.js';

/** What opening a volume needs of its surroundings. */
export interface VolumeContext {
  readonly blocks: Store;
  readonly maps: Store;
  readonly pages: PageStore;
  readonly catalogue: Catalogue;
  readonly leases: Leases;
  /** 16 bytes, the boot of this machine; see `Journal`. */
  readonly boot: Buffer;
}

/** Takes the lease, replays what a former owner left, writes the head of the new generation (archipelago spec §6.5.3). */
export async function openVolume(
  context: VolumeContext,
  name: string,
  onClosed: () => void = () => undefined,
): Promise<StoredVolume> {
  const { head } = await context.catalogue.get(name);
  if (head.readOnly) throw new ReadOnly(`resource ${name} is read-only`, { resource: name });
  const lease = await context.leases.acquire(head.uuid, head.generation);
  try {
    return await openLeased(context, { name, uuid: head.uuid, lease, onClosed });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

interface Opening {
  readonly name: string;
  readonly uuid: string;
  readonly lease: HeldLease;
  readonly onClosed: () => void;
}

async function openLeased(context: VolumeContext, opening: Opening): Promise<StoredVolume> {
  const { blocks, catalogue, maps } = context;
  const { name, uuid, lease, onClosed } = opening;
  const stored = await catalogue.findHead(uuid);
  if (stored === null || stored.head.deleted) throw new NotFound(`no resource ${name}`, { resource: name });
  const replay = await readJournal(maps, stored.head, context.boot);
  const recovery = new Recovery(context, stored.head);
  await recovery.apply(replay);
  const map = recovery.map;
  const head = await recovery.finish(lease.generation, replay);
  const tag = await catalogue.replace(head, stored.tag);
  for (const key of replay.keys) await maps.delete(key);
  const journal = new Journal(
    maps,
    { uuid, generation: lease.generation, boot: context.boot },
    head.journalSeq,
  );
  const committer = new Committer({ blocks, catalogue, map, journal }, head, tag);
  if (!replay.isClean) await markUnsynced(map, committer, stored.head);
  return new StoredVolume({ name, blocks, catalogue, map, journal, lease, committer, onClosed });
}

/**
 * What a former owner answered and did not sync is part of the next flush. Overwrites leave no record, so every object that it could write
 * counts, also those that a snapshot completed here has sealed.
 */
async function markUnsynced(map: BlockMap, committer: Committer, left: Head): Promise<void> {
  for await (const { block, entry } of map.stored()) {
    const key = objectName(entry, block);
    const isWritable = entry.kind === 'private' && entry.uuid === left.uuid && entry.epoch >= left.floor;
    if (isWritable && key !== null) committer.markDirty(key);
  }
}

/** Applies the records of a former owner to the map it left. */
class Recovery {
  readonly map: BlockMap;
  private head: Head;
  private readonly named = new Set<string>();

  constructor(
    private readonly context: VolumeContext,
    head: Head,
  ) {
    this.head = head;
    this.map = new BlockMap(context.pages, { root: head.root, level: head.rootLevel });
  }

  async apply(replay: Replay): Promise<void> {
    for (const { record } of replay.records) {
      switch (record.type) {
        case 'map':
          await this.assign(record.block, { kind: 'private', uuid: this.head.uuid, epoch: record.epoch });
          this.head = { ...this.head, fullyHashed: false };
          break;
        case 'zero':
          for (let i = 0; i < record.count; i += 1) await this.assign(record.first + i, ZERO_ENTRY);
          break;
        case 'resize':
          this.head = { ...this.head, sizeBytes: record.sizeBytes };
          break;
        case 'seal':
          this.head = { ...this.head, epoch: record.epoch, floor: record.epoch };
          await this.completeSnapshot(record.snapshotUuid, record.name);
          break;
        case 'closed':
          break;
      }
    }
  }

  /** The head to serve with. After an unclean end names of this epoch may exist without a record: never use them again. */
  async finish(generation: number, replay: Replay): Promise<Head> {
    await this.writePages();
    const epoch = replay.isClean ? this.head.epoch : this.head.epoch + 1;
    this.head = { ...this.head, epoch, generation, journalSeq: replay.nextSequence, modifiedMs: Date.now() };
    return this.head;
  }

  private async assign(block: number, entry: Entry): Promise<void> {
    if (block >= blockCount(this.head)) throw new Corrupt(`journal record for block ${block}`, { block });
    while (!this.map.assign(block, entry)) await this.map.get(block);
    const key = objectName(entry, block);
    if (key !== null) this.named.add(key);
  }

  private async writePages(): Promise<void> {
    await this.context.blocks.sync([...this.named]);
    this.named.clear();
    this.map.freeze();
    const { root, level } = await this.map.writeFrozen(levelFor(blockCount(this.head)));
    this.head = { ...this.head, root, rootLevel: level };
  }

  private async completeSnapshot(uuid: string, name: string): Promise<void> {
    await this.writePages();
    const { catalogue } = this.context;
    // Complete already, and perhaps removed again since.
    if ((await catalogue.findUuid(name)) === uuid || (await catalogue.findHead(uuid))?.head.deleted) return;
    try {
      await catalogue.add(name, snapshotHead(this.head, { uuid, name }));
    } catch (error) {
      // The name was given away meanwhile: the snapshot failed, the volume is fine.
      if (!(error instanceof Exists)) throw error;
    }
  }
}
