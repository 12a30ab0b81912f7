import type { Json } from '@synnefo/units';
import { TooLarge } from '../errors.js';
import { ByteReader } from './bytes.js';
import { withCrc } from './crc32c.js';
import { HASH_LENGTH } from './hash.js';
import { checkedPage } from './leaf.js';

const MAGIC = Buffer.from('AMF.');
const VERSION = 3;
const FIXED_LENGTH = 178;
const SUB_BLOCK_BYTES = 4096;
const SHA_256 = 1;
const ZERO_UUID = '0'.repeat(32);
const FLAG = { readOnly: 1, deleted: 2, pending: 4, hasPartial: 8, fullyHashed: 16 } as const;

export type Attrs = Readonly<Record<string, Json>>;

/** Root of a map of all zero blocks. */
export const ZERO_ROOT: Buffer = Buffer.alloc(HASH_LENGTH);

/** Object `h_<uuid>`: everything about one resource except its blocks (archipelago spec §6.3). */
export interface Head {
  readonly uuid: string;
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
  readonly readOnly: boolean;
  readonly deleted: boolean;
  readonly pending: boolean;
  readonly fullyHashed: boolean;
  /** Used in names of private objects created from now on. */
  readonly epoch: number;
  /** Private blocks of this UUID with an epoch below are frozen. */
  readonly floor: number;
  /** Generation of the lease that wrote this head. */
  readonly generation: number;
  readonly root: Buffer;
  readonly rootLevel: number;
  /** First sequence number of the journal that is not contained in the tree. */
  readonly journalSeq: number;
  readonly parentUuid: string | null;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly attrs: Attrs;
}

function flagsOf(head: Head): number {
  return (
    (head.readOnly ? FLAG.readOnly : 0) |
    (head.deleted ? FLAG.deleted : 0) |
    (head.pending ? FLAG.pending : 0) |
    (head.fullyHashed ? FLAG.fullyHashed : 0)
  );
}

export function encodeHead(head: Head): Buffer {
  const attrs = Buffer.from(JSON.stringify(head.attrs));
  if (attrs.length > 0xffff) throw new TooLarge('attributes above 64 KiB');
  const fixed = Buffer.alloc(FIXED_LENGTH);
  const u64 = (offset: number, value: number): void => {
    fixed.writeBigUInt64BE(BigInt(value), offset);
  };
  MAGIC.copy(fixed);
  fixed.writeUInt32BE(VERSION, 4);
  u64(8, head.sizeBytes);
  fixed.writeUInt32BE(head.blockSizeBytes, 16);
  fixed.writeUInt32BE(flagsOf(head), 20);
  u64(24, head.epoch);
  fixed.write(head.uuid, 32, 'hex');
  u64(48, head.floor);
  u64(56, head.generation);
  head.root.copy(fixed, 64);
  fixed.writeUInt8(head.rootLevel, 96);
  fixed.writeUInt8(SHA_256, 97);
  fixed.writeUInt32BE(SUB_BLOCK_BYTES, 100);
  u64(104, head.journalSeq);
  fixed.write(head.parentUuid ?? ZERO_UUID, 144, 'hex');
  u64(160, head.createdMs);
  u64(168, head.modifiedMs);
  fixed.writeUInt16BE(attrs.length, 176);
  return withCrc(Buffer.concat([fixed, attrs]));
}

function parseAttrs(reader: ByteReader, text: string): Attrs {
  try {
    const value: unknown = JSON.parse(text);
    // JSON.parse yields exactly Json; only the outer shape is open.
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Attrs;
  } catch {
    // Reported below like any other wrong shape.
  }
  return reader.fail('attributes are not a JSON object');
}

/** Reads a head; `Corrupt` on a wrong CRC, version or bound. */
export function decodeHead(data: Buffer): Head {
  const reader = new ByteReader(checkedPage(data, MAGIC, 'head'), 'head');
  reader.bytes(MAGIC.length);
  const version = reader.u32();
  if (version !== VERSION) reader.fail(`version ${version} is not supported`);
  const sizeBytes = reader.u64();
  const blockSizeBytes = reader.u32();
  if (blockSizeBytes <= 128 || (blockSizeBytes & (blockSizeBytes - 1)) !== 0) reader.fail('block size');
  const flags = reader.u32();
  if (flags & FLAG.hasPartial) reader.fail('partial blocks are not supported');
  const epoch = reader.u64();
  const uuid = reader.bytes(16).toString('hex');
  const [floor, generation] = [reader.u64(), reader.u64()];
  const root = Buffer.from(reader.bytes(HASH_LENGTH));
  const rootLevel = reader.u8();
  if (rootLevel > 3) reader.fail('root level');
  if (reader.u8() !== SHA_256) reader.fail('hash algorithm');
  reader.bytes(6);
  const journalSeq = reader.u64();
  reader.bytes(HASH_LENGTH);
  const parent = reader.bytes(16).toString('hex');
  const [createdMs, modifiedMs] = [reader.u64(), reader.u64()];
  const attrs = parseAttrs(reader, reader.bytes(reader.u16()).toString());
  reader.end();
  return {
    uuid,
    sizeBytes,
    blockSizeBytes,
    readOnly: (flags & FLAG.readOnly) !== 0,
    deleted: (flags & FLAG.deleted) !== 0,
    pending: (flags & FLAG.pending) !== 0,
    fullyHashed: (flags & FLAG.fullyHashed) !== 0,
    epoch,
    floor,
    generation,
    root,
    rootLevel,
    journalSeq,
    parentUuid: parent === ZERO_UUID ? null : parent,
    createdMs,
    modifiedMs,
    attrs,
  };
}
