import { Corrupt } from '../errors.js';
import { ByteReader, uv } from './bytes.js';
import { crc32c } from './crc32c.js';

/** A journal record (archipelago spec §6.5.2). Partial blocks (types 3 and 6) are not written yet. */
export type JournalRecord =
  /** The block is held by the volume's own private object of that epoch. */
  | { readonly type: 'map'; readonly block: number; readonly epoch: number }
  | { readonly type: 'zero'; readonly first: number; readonly count: number }
  | { readonly type: 'seal'; readonly epoch: number; readonly snapshotUuid: string; readonly name: string }
  | { readonly type: 'resize'; readonly sizeBytes: number }
  | { readonly type: 'closed' };

const TYPE = { map: 1, zero: 2, seal: 4, resize: 5, closed: 7 } as const;
const PRIVATE = 1;
/** u32 length, u8 type, u64 sequence; the length counts type, sequence and payload. */
const PREFIX_LENGTH = 4;
const NUMBERED_LENGTH = 9;
const CRC_LENGTH = 4;

function payload(record: JournalRecord): Buffer {
  switch (record.type) {
    case 'map':
      return Buffer.from([...uv(record.block), PRIVATE, ...uv(record.epoch)]);
    case 'zero':
      return Buffer.from([...uv(record.first), ...uv(record.count)]);
    case 'seal': {
      const name = Buffer.from(record.name);
      const uuid = Buffer.from(record.snapshotUuid, 'hex');
      return Buffer.concat([Buffer.from(uv(record.epoch)), uuid, Buffer.of(name.length), name]);
    }
    case 'resize':
      return Buffer.from(uv(record.sizeBytes));
    case 'closed':
      return Buffer.alloc(0);
  }
}

export function encodeRecord(record: JournalRecord, sequence: number): Buffer {
  const body = payload(record);
  const length = NUMBERED_LENGTH + body.length;
  const out = Buffer.allocUnsafe(PREFIX_LENGTH + length + CRC_LENGTH);
  out.writeUInt32BE(length, 0);
  out.writeUInt8(TYPE[record.type], 4);
  out.writeBigUInt64BE(BigInt(sequence), 5);
  body.copy(out, PREFIX_LENGTH + NUMBERED_LENGTH);
  out.writeUInt32BE(crc32c(out.subarray(0, PREFIX_LENGTH + length)), PREFIX_LENGTH + length);
  return out;
}

function decodePayload(type: number, reader: ByteReader): JournalRecord {
  switch (type) {
    case TYPE.map: {
      const block = reader.uv();
      if (reader.u8() !== PRIVATE) reader.fail('class of a MAP record');
      return { type: 'map', block, epoch: reader.uv() };
    }
    case TYPE.zero:
      return { type: 'zero', first: reader.uv(), count: reader.uv() };
    case TYPE.seal: {
      const epoch = reader.uv();
      const snapshotUuid = reader.bytes(16).toString('hex');
      return { type: 'seal', epoch, snapshotUuid, name: reader.bytes(reader.u8()).toString() };
    }
    case TYPE.resize:
      return { type: 'resize', sizeBytes: reader.uv() };
    case TYPE.closed:
      return { type: 'closed' };
    default:
      return reader.fail(`unknown type ${type}`);
  }
}

export interface NumberedRecord {
  readonly sequence: number;
  readonly record: JournalRecord;
}

/**
 * The records of a journal object in order, up to the first one that is short or wrong: that and everything
 * behind it was never committed.
 */
export function* decodeRecords(journal: Buffer): Generator<NumberedRecord> {
  let at = 0;
  while (journal.length - at >= PREFIX_LENGTH + NUMBERED_LENGTH + CRC_LENGTH) {
    const length = journal.readUInt32BE(at);
    const end = at + PREFIX_LENGTH + length;
    if (length < NUMBERED_LENGTH || end + CRC_LENGTH > journal.length) return;
    if (journal.readUInt32BE(end) !== crc32c(journal.subarray(at, end))) return;
    const reader = new ByteReader(journal.subarray(at + PREFIX_LENGTH, end), 'journal record');
    const type = reader.u8();
    const sequence = reader.u64();
    const record = decodePayload(type, reader);
    if (reader.left !== 0) throw new Corrupt('journal record with bytes left over');
    yield { sequence, record };
    at = end + CRC_LENGTH;
  }
}
