import type {
  DurabilityOptions,
  Extent,
  ExtentOwner,
  Info,
  Volume,
  WriteZeroesOptions,
} from '../block-device.js';
import type { Store } from '../driver/store.js';
import { Exists, InvalidSize, NotFound, OutOfRange, TooLarge } from '../errors.js';
import { type Entry, ZERO_ENTRY, objectName } from '../format/entry.js';
import { assertResourceName, newUuid } from '../format/names.js';
import type { JournalRecord } from '../format/record.js';
import type { Journal } from '../journal/journal.js';
import type { HeldLease } from '../lease/lease.js';
import type { BlockMap } from '../mapper/block-map.js';
import { type Catalogue, infoOf } from '../resource/catalogue.js';
import { type Piece, piecesOf, readBlock } from './block-io.js';
import type { BegunCheckpoint, Committer } from './committer.js';
import { Gate } from './gate.js';
import { KeyedSerial } from './serial.js';
import { snapshotHead } from './snapshot-head.js';

/** A checkpoint follows after this many records (archipelago spec §6.5.2). */
const CHECKPOINT_RECORDS = 100_000;

export interface VolumeParts {
  readonly name: string;
  readonly blocks: Store;
  readonly catalogue: Catalogue;
  readonly map: BlockMap;
  readonly journal: Journal;
  readonly lease: HeldLease;
  readonly committer: Committer;
  /** Told once when the volume is closed. */
  readonly onClosed: () => void;
}

/** An open writable volume, the one owner of its map. Constructed by `openVolume`, whose lease it holds. */
export class StoredVolume implements Volume {
  readonly readOnly = false;
  private readonly gate = new Gate();
  /** First writes of a block, one at a time. */
  private readonly touches = new KeyedSerial<number>();
  private isClosed = false;

  constructor(private readonly parts: VolumeParts) {}

  get name(): string {
    return this.parts.name;
  }

  get uuid(): string {
    return this.parts.committer.head.uuid;
  }

  get sizeBytes(): number {
    return this.parts.committer.head.sizeBytes;
  }

  read(offset: number, length: number): Promise<Buffer> {
    return this.enter(offset, length, async () => {
      const out = Buffer.allocUnsafe(length);
      await this.each(offset, length, async (piece) => {
        const entry = this.parts.map.peek(piece.block) ?? (await this.parts.map.get(piece.block));
        const target = out.subarray(piece.at, piece.at + piece.length);
        await readBlock(this.parts.blocks, { entry, block: piece.block }, piece.start, target);
      });
      return out;
    });
  }

  readNow(offset: number, target: Buffer): 'data' | 'zero' | null {
    const piece = this.pieceNow(offset, target.length);
    const entry = piece === null ? undefined : this.parts.map.peek(piece.block);
    if (piece === null || entry === undefined) return null;
    if (entry.kind === 'zero') return 'zero';
    const count = this.parts.blocks.getNow?.(this.key(entry, piece.block), piece.start, target) ?? null;
    if (count === null) return null;
    if (count < target.length) target.fill(0, count);
    return 'data';
  }

  writeNow(offset: number, data: Buffer): boolean {
    const piece = this.pieceNow(offset, data.length);
    const entry = piece === null ? undefined : this.parts.map.peek(piece.block);
    if (piece === null || entry === undefined || !this.isOwn(entry)) return false;
    const key = this.key(entry, piece.block);
    if (this.parts.blocks.writeNow?.(key, piece.start, data) !== true) return false;
    this.parts.committer.markDirty(key);
    return true;
  }

  async write(offset: number, data: Buffer, options: DurabilityOptions = {}): Promise<void> {
    await this.enter(offset, data.length, () =>
      this.each(offset, data.length, (piece) =>
        this.writePiece(piece, data.subarray(piece.at, piece.at + piece.length)),
      ),
    );
    await this.afterChange(options);
  }

  async trim(offset: number, length: number, options: DurabilityOptions = {}): Promise<void> {
    await this.enter(offset, length, () => this.each(offset, length, (piece) => this.trimPiece(piece)));
    await this.afterChange(options);
  }

  async writeZeroes(offset: number, length: number, options: WriteZeroesOptions = {}): Promise<void> {
    await this.enter(offset, length, () =>
      this.each(offset, length, (piece) =>
        options.noHole ? this.writePiece(piece, Buffer.alloc(piece.length)) : this.zeroPiece(piece),
      ),
    );
    await this.afterChange(options);
  }

  async flush(): Promise<void> {
    await this.parts.committer.flush();
  }

  extents(offset: number, length: number): Promise<Extent[]> {
    return this.enter(offset, length, async () => {
      const out: { length: number; state: Extent['state']; owner?: ExtentOwner }[] = [];
      for (const piece of piecesOf(offset, length, this.blockSize)) {
        const entry = this.parts.map.peek(piece.block) ?? (await this.parts.map.get(piece.block));
        const owner = this.ownerOf(entry);
        const last = out.at(-1);
        if (last !== undefined && last.owner === owner) last.length += piece.length;
        else if (owner === undefined) out.push({ length: piece.length, state: 'zero' });
        else out.push({ length: piece.length, state: 'data', owner });
      }
      return out;
    });
  }

  async snapshot(name: string): Promise<Info> {
    assertResourceName(name);
    const { catalogue, committer, journal } = this.parts;
    const present = await catalogue.find(name);
    if (present !== null) {
      if (present.head.parentUuid === this.uuid && present.head.readOnly) return infoOf(name, present.head);
      throw new Exists(`resource ${name} exists`, { resource: name });
    }
    const uuid = newUuid();
    let info: Info | undefined;
    await committer.checkpoint({
      begin: () =>
        this.gate.alone(async () => {
          committer.assertHealthy();
          const epoch = committer.head.epoch + 1;
          journal.add({ type: 'seal', epoch, snapshotUuid: uuid, name });
          committer.head = { ...committer.head, epoch, floor: epoch };
          return committer.begin();
        }),
      // Before the head that leaves the SEAL record behind: until then the next open completes the snapshot.
      beforeHead: async (sealed) => {
        info = await catalogue.add(name, snapshotHead(sealed, { uuid, name }));
      },
    });
    return info ?? infoOf(name, (await catalogue.get(name)).head);
  }

  async grow(sizeBytes: number): Promise<void> {
    const { committer, journal } = this.parts;
    const begin = (): Promise<BegunCheckpoint> =>
      this.gate.alone(async () => {
        committer.assertHealthy();
        const before = this.sizeBytes;
        if (!Number.isSafeInteger(sizeBytes))
          throw new TooLarge('size above 2^53 − 1', { resource: this.name });
        if (sizeBytes < before) throw new InvalidSize('a volume does not shrink', { resource: this.name });
        // The last block's object may be longer than the old size: what lies behind it becomes visible now.
        const end = Math.ceil(before / this.blockSize) * this.blockSize;
        await this.each(before, end - before, (piece) => this.zeroPiece(piece));
        if (sizeBytes > before) journal.add({ type: 'resize', sizeBytes });
        committer.head = { ...committer.head, sizeBytes };
        return committer.begin();
      });
    await committer.checkpoint({ begin });
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const { committer, journal, lease, map, onClosed } = this.parts;
    try {
      await this.gate.alone(async () => {
        if (committer.hasFailed) return;
        await committer.flush();
        if (map.isChanged || journal.segmentRecords > 0) await committer.checkpoint();
        journal.add({ type: 'closed' });
        await committer.flush();
      });
    } finally {
      await lease.release().finally(onClosed);
    }
  }

  private get blockSize(): number {
    return this.parts.committer.head.blockSizeBytes;
  }

  /** Checks the range and the volume, and runs a request unless a snapshot is being sealed. */
  private enter<T>(offset: number, length: number, fn: () => Promise<T>): Promise<T> {
    return this.gate.pass(async () => {
      this.parts.committer.assertHealthy();
      if (this.isClosed) throw new NotFound(`volume ${this.name} is closed`, { resource: this.name });
      const isInside =
        Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= this.sizeBytes;
      if (!isInside)
        throw new OutOfRange(`${length} bytes at ${offset} of ${this.sizeBytes}`, { resource: this.name });
      return fn();
    });
  }

  /** A range in one block, when the volume can serve it without any waiting. */
  private pieceNow(offset: number, length: number): Piece | null {
    if (!this.gate.isOpen || this.isClosed || this.parts.committer.hasFailed) return null;
    const block = Math.floor(offset / this.blockSize);
    const start = offset - block * this.blockSize;
    const isInside = length > 0 && start + length <= this.blockSize && offset + length <= this.sizeBytes;
    return isInside && offset >= 0 ? { block, start, length, at: 0 } : null;
  }

  private async each(offset: number, length: number, fn: (piece: Piece) => Promise<void>): Promise<void> {
    for (const piece of piecesOf(offset, length, this.blockSize)) await fn(piece);
  }

  private async afterChange(options: DurabilityOptions): Promise<void> {
    const { committer, journal } = this.parts;
    if (options.fua) await committer.flush();
    if (journal.segmentRecords >= CHECKPOINT_RECORDS) committer.checkpoint().catch(() => undefined);
  }

  /** A private object that no snapshot shares: written in place (archipelago spec §6.3). */
  private isOwn(entry: Entry): boolean {
    const { uuid, floor } = this.parts.committer.head;
    return entry.kind === 'private' && entry.uuid === uuid && entry.epoch >= floor;
  }

  private ownerOf(entry: Entry): ExtentOwner | undefined {
    if (entry.kind === 'zero') return undefined;
    if (entry.kind === 'cas') return 'cas';
    return this.isOwn(entry) ? 'private' : 'shared';
  }

  private key(entry: Entry, block: number): string {
    return objectName(entry, block) ?? '';
  }

  private async entryOf(block: number): Promise<Entry> {
    return this.parts.map.peek(block) ?? (await this.parts.map.get(block));
  }

  /** The piece reaches the end of its block, or of the volume. */
  private reachesEnd(piece: Piece): boolean {
    const end = piece.start + piece.length;
    return end === this.blockSize || piece.block * this.blockSize + end >= this.sizeBytes;
  }

  private async writePiece(piece: Piece, data: Buffer): Promise<void> {
    const entry = await this.entryOf(piece.block);
    if (this.isOwn(entry)) return this.writeOwn(entry, piece, data);
    await this.touches.run(piece.block, async () => {
      const now = await this.entryOf(piece.block);
      if (this.isOwn(now)) await this.writeOwn(now, piece, data);
      else await this.firstWrite(now, piece, data);
    });
  }

  private async writeOwn(entry: Entry, piece: Piece, data: Buffer): Promise<void> {
    const key = this.key(entry, piece.block);
    await this.parts.blocks.writeAt(key, piece.start, data);
    this.parts.committer.markDirty(key);
  }

  /** Copy on write: the new object is complete before the map names it (archipelago spec §3.7). */
  private async firstWrite(before: Entry, piece: Piece, data: Buffer): Promise<void> {
    const { blocks, committer } = this.parts;
    const { uuid, epoch } = committer.head;
    const entry: Entry = { kind: 'private', uuid, epoch };
    const key = this.key(entry, piece.block);
    const isWhole = piece.start === 0 && this.reachesEnd(piece);
    try {
      if (!isWhole && before.kind !== 'zero') await this.copyBase(before, piece.block, key);
      await blocks.writeAt(key, piece.start, data);
    } catch (error) {
      await blocks.delete(key).catch(() => undefined);
      throw error;
    }
    if (committer.head.fullyHashed) committer.head = { ...committer.head, fullyHashed: false };
    await this.assign(piece.block, entry, { type: 'map', block: piece.block, epoch }, key);
  }

  private async copyBase(before: Entry, block: number, to: string): Promise<void> {
    try {
      await this.parts.blocks.copy(this.key(before, block), to);
    } catch (error) {
      // A private object that was never written reads as zeros; a block named by its hash must be there.
      if (!(error instanceof NotFound && before.kind === 'private')) throw error;
    }
  }

  /** Map, record and dirty mark change in one turn, so that a checkpoint sees all of them or none. */
  private async assign(block: number, entry: Entry, record: JournalRecord, dirtyKey?: string): Promise<void> {
    const { map, journal, committer } = this.parts;
    while (!map.assign(block, entry)) await map.get(block);
    if (dirtyKey !== undefined) committer.markDirty(dirtyKey);
    const segment = journal.add(record);
    try {
      await segment.written();
    } catch (error) {
      throw committer.fail(error);
    }
  }

  private async trimPiece(piece: Piece): Promise<void> {
    if (piece.start === 0 && this.reachesEnd(piece)) return this.zeroPiece(piece);
    const entry = await this.entryOf(piece.block);
    if (this.isOwn(entry) && this.reachesEnd(piece)) await this.zeroPiece(piece);
  }

  private async zeroPiece(piece: Piece): Promise<void> {
    const entry = await this.entryOf(piece.block);
    if (entry.kind === 'zero') return;
    if (this.isOwn(entry)) return this.zeroOwn(entry, piece);
    if (piece.start > 0 || !this.reachesEnd(piece)) return this.writePiece(piece, Buffer.alloc(piece.length));
    await this.touches.run(piece.block, async () => {
      const now = await this.entryOf(piece.block);
      if (this.isOwn(now)) return this.zeroOwn(now, piece);
      if (now.kind === 'zero') return;
      await this.assign(piece.block, ZERO_ENTRY, { type: 'zero', first: piece.block, count: 1 });
    });
  }

  /** An own object stays the block's object: its name may not be used twice in one epoch (archipelago spec §6.5.2). */
  private async zeroOwn(entry: Entry, piece: Piece): Promise<void> {
    const { blocks, committer } = this.parts;
    const key = this.key(entry, piece.block);
    const { lengthBytes } = await blocks.stat(key).catch((error: unknown) => {
      if (error instanceof NotFound) return { lengthBytes: 0 };
      throw error;
    });
    if (lengthBytes <= piece.start) return;
    if (this.reachesEnd(piece)) await blocks.truncate(key, piece.start);
    else
      await blocks.writeAt(key, piece.start, Buffer.alloc(Math.min(piece.length, lengthBytes - piece.start)));
    committer.markDirty(key);
  }
}
