import type { Store } from '../driver/store.js';
import { Corrupt, NotFound } from '../errors.js';
import { type Entry, objectName } from '../format/entry.js';

/** Fills `target` with a part of a block; what the object lacks reads as zeros, and so does a private object that is missing. */
export async function readBlock(
  store: Store,
  at: { readonly entry: Entry; readonly block: number },
  offset: number,
  target: Buffer,
): Promise<void> {
  const key = objectName(at.entry, at.block);
  if (key === null) {
    target.fill(0);
    return;
  }
  try {
    const count = await store.getInto(key, offset, target);
    if (count < target.length) target.fill(0, count);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    if (at.entry.kind !== 'private')
      throw new Corrupt(`block object ${key} is missing`, { block: at.block, cause: error });
    target.fill(0);
  }
}

/** Part of one block. */
export interface Piece {
  readonly block: number;
  /** From the beginning of the block. */
  readonly start: number;
  readonly length: number;
  /** From the beginning of the request. */
  readonly at: number;
}

/** Cuts a range at block boundaries. */
export function* piecesOf(offset: number, length: number, blockSize: number): Generator<Piece> {
  let at = 0;
  while (at < length) {
    const block = Math.floor((offset + at) / blockSize);
    const start = (offset + at) % blockSize;
    const size = Math.min(blockSize - start, length - at);
    yield { block, start, length: size, at };
    at += size;
  }
}
