import { ByteReader } from './bytes.js';
import { withCrc } from './crc32c.js';
import { HASH_LENGTH } from './hash.js';
import { checkedPage } from './leaf.js';

/** Children of an interior page. */
export const FANOUT = 256;
const MAGIC = Buffer.from('AMI3');
const BITMAP_LENGTH = FANOUT / 8;

/** `children[i]` is the hash of child i, null when everything below it is zero. */
export interface Interior {
  readonly level: number;
  readonly children: readonly (Buffer | null)[];
}

/** The page of an interior node; null when it has no child, since such a page is never stored. */
export function encodeInterior(page: Interior): Buffer | null {
  const bitmap = Buffer.alloc(BITMAP_LENGTH);
  const present: Buffer[] = [];
  page.children.forEach((child, i) => {
    if (child === null) return;
    bitmap.writeUInt8(bitmap.readUInt8(i >> 3) | (0x80 >> (i & 7)), i >> 3);
    present.push(child);
  });
  if (present.length === 0) return null;
  const header = Buffer.alloc(8);
  MAGIC.copy(header);
  header.writeUInt8(page.level, 4);
  header.writeUInt16BE(present.length, 6);
  return withCrc(Buffer.concat([header, bitmap, ...present]));
}

/** Reads an interior page; `Corrupt` when its CRC or a bound is violated. */
export function decodeInterior(page: Buffer): Interior {
  const reader = new ByteReader(checkedPage(page, MAGIC, 'interior page'), 'interior page');
  reader.bytes(MAGIC.length);
  const level = reader.u8();
  reader.u8();
  const count = reader.u16();
  const bitmap = reader.bytes(BITMAP_LENGTH);
  const children = Array.from({ length: FANOUT }, (_, i) =>
    bitmap.readUInt8(i >> 3) & (0x80 >> (i & 7)) ? Buffer.from(reader.bytes(HASH_LENGTH)) : null,
  );
  if (level === 0) reader.fail('level 0');
  if (children.filter((child) => child !== null).length !== count) reader.fail('count and bitmap differ');
  reader.end();
  return { level, children };
}
