import type { Store } from '../driver/store.js';
import { mapKey } from '../format/names.js';
import { type JournalRecord, encodeRecord } from '../format/record.js';

export interface JournalIdentity {
  readonly uuid: string;
  readonly generation: number;
  /** 16 bytes that change with every boot of the machine whose memory holds unsynced data. */
  readonly boot: Buffer;
}

/** Length of the boot id before the records of a volatile journal. */
export const BOOT_LENGTH = 16;

/**
 * The records from one checkpoint to the next. They go two ways. At once, and before the write is answered, to the
 * *volatile* journal `v_…`, which is never synced: it lives in the page cache and serves when the process dies but the
 * machine goes on, known by the boot id at its beginning. At a flush, behind the sync of the objects they name, to
 * `j_…`, which is synced and serves after a power failure. So no durable record names an object that is not durable.
 */
export class Segment {
  private committedLength = 0;
  private volatileLength = 0;
  private unwritten: Buffer[] = [];
  private writing: Promise<void> | null = null;
  private readonly key: string;
  private readonly volatileKey: string;

  constructor(
    private readonly store: Store,
    private readonly identity: JournalIdentity,
    readonly start: number,
  ) {
    const { uuid, generation } = identity;
    this.key = mapKey.journal(uuid, generation, segmentNumber(start));
    this.volatileKey = mapKey.volatileJournal(uuid, generation, segmentNumber(start));
  }

  add(record: Buffer): void {
    this.unwritten.push(record);
  }

  /** Waits until every record added before is in the volatile journal. */
  async written(): Promise<void> {
    while (this.unwritten.length > 0 || this.writing !== null) {
      this.writing ??= this.writeVolatile();
      await this.writing;
    }
  }

  /** Appends records and syncs them. Calls must not overlap. */
  async commit(records: Buffer): Promise<void> {
    if (records.length === 0) return;
    await this.store.append(this.key, records, { expectedLength: this.committedLength });
    this.committedLength += records.length;
    await this.store.sync([this.key]);
  }

  /** Removes the segment, which a durable head has made meaningless. */
  async discard(): Promise<void> {
    await this.written();
    if (this.volatileLength > 0) await this.store.delete(this.volatileKey);
    if (this.committedLength > 0) await this.store.delete(this.key);
  }

  private async writeVolatile(): Promise<void> {
    const begin = this.volatileLength === 0 ? [this.identity.boot] : [];
    const bytes = Buffer.concat([...begin, ...this.unwritten]);
    this.unwritten = [];
    try {
      await this.store.append(this.volatileKey, bytes, { expectedLength: this.volatileLength });
      this.volatileLength += bytes.length;
    } finally {
      this.writing = null;
    }
  }
}

/**
 * The journal of an open volume (archipelago spec §6.5.2). A segment's number is that of its first record, modulo 2^32,
 * so that the head's sequence number finds it.
 */
export class Journal {
  private current: Segment;
  private uncommitted: Buffer[] = [];

  constructor(
    private readonly store: Store,
    private readonly identity: JournalIdentity,
    private next: number,
  ) {
    this.current = new Segment(store, identity, next);
  }

  /** Sequence number of the next record. */
  get nextSequence(): number {
    return this.next;
  }

  /** Records since the last checkpoint. */
  get segmentRecords(): number {
    return this.next - this.current.start;
  }

  /** Adds a record; wait for `written` of the returned segment before the change is answered. */
  add(record: JournalRecord): Segment {
    const bytes = encodeRecord(record, this.next);
    this.next += 1;
    this.uncommitted.push(bytes);
    this.current.add(bytes);
    return this.current;
  }

  /** Takes the records added since the last call, for `commit` of the segment they belong to. */
  takeUncommitted(): { readonly segment: Segment; readonly records: Buffer } {
    const records = Buffer.concat(this.uncommitted);
    this.uncommitted = [];
    return { segment: this.current, records };
  }

  /** Begins a new segment at the next record. Take the uncommitted records first. */
  rotate(): void {
    if (this.segmentRecords > 0) this.current = new Segment(this.store, this.identity, this.next);
  }
}

/** Number of the segment that begins with a record. */
export function segmentNumber(sequence: number): number {
  return sequence % 2 ** 32;
}
