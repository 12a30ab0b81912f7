import { ByteReader, uv, uvLength } from './bytes.js';
import { crc32c, withCrc } from './crc32c.js';
import { type Entry, ZERO_ENTRY, entryKey } from './entry.js';
import { HASH_LENGTH } from './hash.js';

/** Blocks described by one leaf page. */
export const LEAF_BLOCKS = 1024;
const MAGIC = Buffer.from('AML3');
const HEADER_LENGTH = 16;

/** One entry per block, always 1,024. */
export type Leaf = readonly Entry[];

interface Dictionary {
  readonly origins: string[];
  readonly records: Entry[];
  /** Per block: 0 for zero, else 1 + index in `records`. */
  readonly indexes: Uint16Array;
}

function originKey(entry: Entry): string | null {
  if (entry.kind === 'private') return `u${entry.uuid}`;
  return entry.kind === 'legacy' ? `p${entry.prefix}` : null;
}

function collect(leaf: Leaf): Dictionary {
  const origins: string[] = [];
  const records: Entry[] = [];
  const indexes = new Uint16Array(LEAF_BLOCKS);
  const byKey = new Map<string, number>();
  let last: Entry = ZERO_ENTRY;
  let lastIndex = 0;
  for (let block = 0; block < LEAF_BLOCKS; block += 1) {
    const entry = leaf[block] ?? ZERO_ENTRY;
    if (entry !== last) {
      last = entry;
      lastIndex = entry.kind === 'zero' ? 0 : indexOf(entry);
    }
    indexes[block] = lastIndex;
  }
  return { origins, records, indexes };

  function indexOf(entry: Entry): number {
    const key = entryKey(entry);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const origin = originKey(entry);
    if (origin !== null && !origins.includes(origin)) origins.push(origin);
    records.push(entry);
    byKey.set(key, records.length);
    return records.length;
  }
}

function encodeOrigin(origin: string): Buffer {
  const name = origin.slice(1);
  if (origin.startsWith('u')) return Buffer.concat([Buffer.of(1), Buffer.from(name, 'hex')]);
  const prefix = Buffer.from(name);
  return Buffer.concat([Buffer.of(2, prefix.length), prefix]);
}

const CAS_CLASS = Buffer.of(2);

/** In parts: a full page has a thousand records, and joining each for itself costs more than the rest. */
function encodeRecord(entry: Entry, origins: readonly string[]): Buffer[] {
  switch (entry.kind) {
    case 'private':
    case 'legacy':
      return [Buffer.from([1, ...uv(origins.indexOf(originKey(entry) ?? '')), ...uv(entry.epoch)])];
    case 'cas':
      return [CAS_CLASS, entry.hash];
    case 'named': {
      const name = Buffer.from(entry.name);
      return [Buffer.of(3, name.length), name];
    }
    case 'zero':
      return [];
  }
}

function runsOf(indexes: Uint16Array): number[] {
  const runs: number[] = [];
  for (let block = 0; block < LEAF_BLOCKS; block += 1) {
    const index = indexes[block] ?? 0;
    if (block === 0 || index !== indexes[block - 1]) runs.push(block, index);
  }
  return runs;
}

function u16s(values: ArrayLike<number>): Buffer {
  const out = Buffer.allocUnsafe(values.length * 2);
  for (let i = 0; i < values.length; i += 1) out.writeUInt16BE(values[i] ?? 0, i * 2);
  return out;
}

/** Encoding 4 when every block is zero or private, else null. */
function direct(dictionary: Dictionary): Buffer | null {
  const { records, origins, indexes } = dictionary;
  let lowest = Infinity;
  for (const record of records) {
    if (record.kind !== 'private' && record.kind !== 'legacy') return null;
    lowest = Math.min(lowest, record.epoch);
  }
  const parts = records.map((record) => {
    // The loop above left only these kinds; origin order is that of first use, the same as in the dictionary.
    const { epoch } = record as { epoch: number };
    return [...uv(origins.indexOf(originKey(record) ?? '') + 1), ...uv(epoch - lowest)];
  });
  const out = uv(lowest);
  for (const index of indexes) {
    if (index === 0) out.push(0);
    else out.push(...(parts[index - 1] ?? []));
  }
  return Buffer.from(out);
}

function choose(dictionary: Dictionary): { encoding: number; runs: number; records: Entry[]; tail: Buffer } {
  const { records, origins, indexes } = dictionary;
  const runs = runsOf(indexes);
  const dictionaryLength = records.reduce((sum, record) => sum + recordLength(record, origins), 0);
  const lengths: [number, number][] = [[1, dictionaryLength + runs.length * 2]];
  if (records.length < 256) lengths.push([2, dictionaryLength + LEAF_BLOCKS]);
  lengths.push([3, dictionaryLength + LEAF_BLOCKS * 2]);
  const directTail = records.length > 1 ? direct(dictionary) : null;
  if (directTail !== null) lengths.push([4, directTail.length]);
  const encoding = lengths.reduce((best, next) => (next[1] < best[1] ? next : best))[0];
  if (encoding === 1) return { encoding, runs: runs.length / 2, records, tail: u16s(runs) };
  if (encoding === 2) return { encoding, runs: 0, records, tail: Buffer.from(indexes) };
  if (encoding === 3) return { encoding, runs: 0, records, tail: u16s(indexes) };
  return { encoding, runs: 0, records: [], tail: directTail ?? Buffer.alloc(0) };
}

function recordLength(entry: Entry, origins: readonly string[]): number {
  if (entry.kind === 'cas') return 1 + HASH_LENGTH;
  if (entry.kind === 'named') return 2 + Buffer.byteLength(entry.name);
  if (entry.kind === 'zero') return 0;
  return 1 + uvLength(origins.indexOf(originKey(entry) ?? '')) + uvLength(entry.epoch);
}

/** The canonical page of a leaf; null when every block is zero, since such a page is never stored. */
export function encodeLeaf(leaf: Leaf): Buffer | null {
  const dictionary = collect(leaf);
  if (dictionary.records.length === 0) return null;
  const { encoding, runs, records, tail } = choose(dictionary);
  const rest = Buffer.concat([
    ...dictionary.origins.map(encodeOrigin),
    ...records.flatMap((record) => encodeRecord(record, dictionary.origins)),
    tail,
  ]);
  const header = Buffer.alloc(HEADER_LENGTH);
  MAGIC.copy(header);
  header.writeUInt8(encoding, 4);
  header.writeUInt16BE(dictionary.origins.length, 6);
  header.writeUInt16BE(records.length, 8);
  header.writeUInt16BE(runs, 10);
  header.writeUInt32BE(rest.length, 12);
  return withCrc(Buffer.concat([header, rest]));
}

type Origin = { uuid: string } | { prefix: string };

function decodeOrigin(reader: ByteReader): Origin {
  const kind = reader.u8();
  if (kind === 1) return { uuid: reader.bytes(16).toString('hex') };
  if (kind === 2) return { prefix: reader.bytes(reader.u8()).toString() };
  return reader.fail(`unknown kind of origin ${kind}`);
}

function ofOrigin(reader: ByteReader, origin: Origin | undefined, epoch: number): Entry {
  if (origin === undefined) return reader.fail('origin out of range');
  return 'uuid' in origin
    ? { kind: 'private', uuid: origin.uuid, epoch }
    : { kind: 'legacy', prefix: origin.prefix, epoch };
}

function decodeRecord(reader: ByteReader, origins: readonly Origin[]): Entry {
  const kind = reader.u8();
  if (kind === 1) {
    const origin = reader.uv();
    return ofOrigin(reader, origins[origin], reader.uv());
  }
  if (kind === 2) return { kind: 'cas', hash: Buffer.from(reader.bytes(HASH_LENGTH)) };
  if (kind === 3) return { kind: 'named', name: reader.bytes(reader.u8()).toString() };
  return reader.fail(`unknown class ${kind}`);
}

function decodeRuns(reader: ByteReader, count: number, pick: (index: number) => Entry): Entry[] {
  const entries: Entry[] = [];
  let current: Entry = ZERO_ENTRY;
  for (let run = 0; run < count; run += 1) {
    const first = reader.u16();
    if (first >= LEAF_BLOCKS || (run === 0 ? first !== 0 : first <= entries.length - 1))
      reader.fail('runs out of order');
    while (entries.length < first) entries.push(current);
    current = pick(reader.u16());
    entries.push(current);
  }
  while (entries.length < LEAF_BLOCKS) entries.push(current);
  return entries;
}

function decodeDirect(reader: ByteReader, origins: readonly Origin[]): Entry[] {
  const lowest = reader.uv();
  const seen = new Map<string, Entry>();
  return Array.from({ length: LEAF_BLOCKS }, () => {
    const origin = reader.uv();
    if (origin === 0) return ZERO_ENTRY;
    const epoch = lowest + reader.uv();
    const key = `${origin}_${epoch}`;
    const entry = seen.get(key) ?? ofOrigin(reader, origins[origin - 1], epoch);
    seen.set(key, entry);
    return entry;
  });
}

/** Checks magic and CRC of a page and returns what precedes the CRC. */
export function checkedPage(page: Buffer, magic: Buffer, what: string): Buffer {
  const body = page.subarray(0, Math.max(0, page.length - 4));
  const reader = new ByteReader(page, what);
  if (page.length < magic.length + 4 || !page.subarray(0, magic.length).equals(magic))
    reader.fail('wrong magic');
  if (page.readUInt32BE(body.length) !== crc32c(body)) reader.fail('wrong CRC');
  return body;
}

/** Reads a leaf page; `Corrupt` when its CRC or a bound is violated. */
export function decodeLeaf(page: Buffer): Entry[] {
  const reader = new ByteReader(checkedPage(page, MAGIC, 'leaf page'), 'leaf page');
  reader.bytes(MAGIC.length);
  const encoding = reader.u8();
  reader.u8();
  const [originCount, recordCount, runCount] = [reader.u16(), reader.u16(), reader.u16()];
  if (reader.u32() !== reader.left) reader.fail('wrong length');
  const origins = Array.from({ length: originCount }, () => decodeOrigin(reader));
  const records = Array.from({ length: recordCount }, () => decodeRecord(reader, origins));
  const pick = (index: number): Entry =>
    index === 0 ? ZERO_ENTRY : (records[index - 1] ?? reader.fail('dictionary index out of range'));
  const entries = decodeBlocks();
  reader.end();
  return entries;

  function decodeBlocks(): Entry[] {
    if (encoding === 1) return decodeRuns(reader, runCount, pick);
    if (encoding === 2) return Array.from({ length: LEAF_BLOCKS }, () => pick(reader.u8()));
    if (encoding === 3) return Array.from({ length: LEAF_BLOCKS }, () => pick(reader.u16()));
    if (encoding === 4) return decodeDirect(reader, origins);
    return reader.fail(`unknown encoding ${encoding}`);
  }
}
