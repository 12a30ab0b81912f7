import type { Store } from '../driver/store.js';
import { NotFound } from '../errors.js';
import { mapKey } from '../format/names.js';
import { type NumberedRecord, decodeRecords } from '../format/record.js';
import { BOOT_LENGTH, segmentNumber } from './journal.js';

export interface Replay {
  readonly records: readonly NumberedRecord[];
  /** Sequence number behind the last record. */
  readonly nextSequence: number;
  /** The last record is CLOSED, or there never was a writer. */
  readonly isClean: boolean;
  /** Journal objects read or passed, to be removed once a head covers them. */
  readonly keys: readonly string[];
}

async function find(store: Store, key: string): Promise<Buffer | null> {
  try {
    return (await store.get(key)).data;
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/** Records with sequence numbers `from`, `from + 1`, …, until one is missing or out of order. */
function inOrder(journal: Buffer, from: number): NumberedRecord[] {
  const records: NumberedRecord[] = [];
  for (const record of decodeRecords(journal)) {
    if (record.sequence !== from + records.length) break;
    records.push(record);
  }
  return records;
}

/**
 * Reads what a generation's writer recorded since the head's sequence number. The volatile journal counts only when it
 * was written in this boot of the machine: then everything it names is still in the page cache.
 */
export async function readJournal(
  store: Store,
  head: { readonly uuid: string; readonly generation: number; readonly journalSeq: number },
  boot: Buffer,
): Promise<Replay> {
  const records: NumberedRecord[] = [];
  const keys: string[] = [];
  let nextSequence = head.journalSeq;
  for (;;) {
    const segment = segmentNumber(nextSequence);
    const key = mapKey.journal(head.uuid, head.generation, segment);
    const volatileKey = mapKey.volatileJournal(head.uuid, head.generation, segment);
    const [synced, unsynced] = [await find(store, key), await find(store, volatileKey)];
    if (synced !== null) keys.push(key);
    if (unsynced !== null) keys.push(volatileKey);
    const committed = inOrder(synced ?? Buffer.alloc(0), nextSequence);
    const isSameBoot = unsynced !== null && unsynced.subarray(0, BOOT_LENGTH).equals(boot);
    const answered = isSameBoot ? inOrder(unsynced.subarray(BOOT_LENGTH), nextSequence) : [];
    const found = answered.length > committed.length ? answered : committed;
    if (found.length === 0) break;
    records.push(...found);
    nextSequence += found.length;
  }
  const last = records.at(-1);
  const isClean = last === undefined ? head.generation === 0 : last.record.type === 'closed';
  return { records, nextSequence, isClean, keys };
}
