import { createHash } from 'node:crypto';

export const HASH_LENGTH = 32;

/** SHA-256 of the empty string: the name of every all-zero block. It never exists in the store (archipelago spec §1.3). */
export const ZERO_HASH: Buffer = createHash('sha256').digest();

/** SHA-256 of some bytes. */
export function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** Length of `data` without trailing zero bytes. */
export function strippedLength(data: Buffer): number {
  let end = data.length;
  const address = data.byteOffset;
  while (end > 0 && ((address + end) & 7) !== 0) {
    if (data[end - 1] !== 0) return end;
    end -= 1;
  }
  const first = (address + 7) & ~7;
  if (first < address + end) {
    const words = new BigUint64Array(data.buffer, first, (address + end - first) >> 3);
    let count = words.length;
    while (count > 0 && words[count - 1] === 0n) count -= 1;
    end = first - address + count * 8;
  }
  while (end > 0 && data[end - 1] === 0) end -= 1;
  return end;
}

/** `data` without trailing zero bytes, as a view. */
export function stripZeros(data: Buffer): Buffer {
  return data.subarray(0, strippedLength(data));
}

/** Name of a block: SHA-256 of its data without trailing zeros (archipelago spec §2.5, storage spec §2.2). */
export function blockHash(data: Buffer): Buffer {
  return sha256(stripZeros(data));
}

/** Merkle root of a list of block hashes, which Pithos calls the object hash (storage spec §2.3). */
export function merkleRoot(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first === undefined) return ZERO_HASH;
  if (hashes.length === 1) return first;
  const width = 2 ** Math.ceil(Math.log2(hashes.length));
  const padding = Buffer.alloc(HASH_LENGTH);
  let level: Buffer[] = [...hashes, ...Array<Buffer>(width - hashes.length).fill(padding)];
  while (level.length > 1) {
    const next: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) next.push(sha256(Buffer.concat(level.slice(i, i + 2))));
    level = next;
  }
  return level[0] ?? ZERO_HASH;
}
