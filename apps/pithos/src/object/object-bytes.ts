import type { Archipelago } from '@synnefo/archipelago';

import { BLOCK_SIZE_BYTES } from '../hashmap/hashmap.js';
import type { ByteRange } from './range.js';

/** A run of bytes kept in one map; null has none. */
export interface Segment {
  readonly mapName: string | null;
  readonly sizeBytes: number;
}

/**
 * Bytes of `range` (inclusive) of segments put one behind the other, in pieces that end at block borders, so that every
 * block is read once. While one piece is on its way to the client the next is read: two are in memory at a time.
 */
export async function* objectBytes(
  archipelago: Archipelago,
  segments: readonly Segment[],
  range: ByteRange,
): AsyncGenerator<Buffer> {
  let ahead: Promise<Buffer> | null = null;
  for await (const read of piecesOf(archipelago, segments, range)) {
    const next = read();
    next.catch(() => undefined); // thrown where it is awaited, unless the client has gone before
    if (ahead !== null) yield await ahead;
    ahead = next;
  }
  if (ahead !== null) yield await ahead;
}

async function* piecesOf(
  archipelago: Archipelago,
  segments: readonly Segment[],
  range: ByteRange,
): AsyncGenerator<() => Promise<Buffer>> {
  let start = 0;
  for (const segment of segments) {
    const first = Math.max(range.first - start, 0);
    const last = Math.min(range.last - start, segment.sizeBytes - 1);
    start += segment.sizeBytes;
    if (segment.mapName === null || first > last) continue;
    const reader = await archipelago.reader(segment.mapName);
    for (let offset = first; offset <= last;) {
      const border = (Math.floor(offset / BLOCK_SIZE_BYTES) + 1) * BLOCK_SIZE_BYTES;
      const [from, length] = [offset, Math.min(border, last + 1) - offset];
      yield () => reader.read(from, length);
      offset += length;
    }
  }
}
