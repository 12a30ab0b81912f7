import type { BlockDevice, Extent } from '../block-device.js';
import type { ReadPiece } from './reply.js';

/** Holes are sent from this size on, on borders of 512 bytes (archipelago spec 5.5). */
export const MIN_HOLE_BYTES = 4096;
const HOLE_ALIGNMENT = 512;
/** A read with more holes than this is sent as data alone: many small chunks cost more than the zeros. */
const MAX_HOLES = 64;

interface Part {
  readonly offset: number;
  readonly length: number;
  readonly isHole: boolean;
}

/** Reads a range, all of it or nothing. @throws whatever the device throws; then no byte may be sent as a success */
export async function readPieces(device: BlockDevice, offset: number, length: number): Promise<ReadPiece[]> {
  if (length < MIN_HOLE_BYTES)
    return length === 0 ? [] : [{ offset, data: await device.read(offset, length) }];
  const parts = splitAtHoles(await device.extents(offset, length), offset, length);
  return Promise.all(
    parts.map(async (part) =>
      part.isHole
        ? { offset: part.offset, holeBytes: part.length }
        : { offset: part.offset, data: await device.read(part.offset, part.length) },
    ),
  );
}

/** Covers the range with holes and, between them, data; what is too small or unaligned for a hole goes to the data around it. */
export function splitAtHoles(extents: readonly Extent[], offset: number, length: number): Part[] {
  const end = offset + length;
  const parts: Part[] = [];
  let dataFrom = offset;
  const closeData = (at: number): void => {
    if (at > dataFrom) parts.push({ offset: dataFrom, length: at - dataFrom, isHole: false });
  };
  for (const [from, to] of zeroRuns(extents, offset, end)) {
    const holeFrom = from === offset ? from : Math.ceil(from / HOLE_ALIGNMENT) * HOLE_ALIGNMENT;
    const holeTo = to === end ? to : Math.floor(to / HOLE_ALIGNMENT) * HOLE_ALIGNMENT;
    if (holeTo - holeFrom < MIN_HOLE_BYTES) continue;
    closeData(holeFrom);
    parts.push({ offset: holeFrom, length: holeTo - holeFrom, isHole: true });
    dataFrom = holeTo;
  }
  closeData(end);
  return parts.length > MAX_HOLES * 2 ? [{ offset, length, isHole: false }] : parts;
}

function* zeroRuns(extents: readonly Extent[], offset: number, end: number): Generator<[number, number]> {
  let at = offset;
  let from: number | null = null;
  for (const extent of extents) {
    if (extent.state === 'zero') from ??= at;
    else if (from !== null) {
      yield [from, at];
      from = null;
    }
    at = Math.min(end, at + extent.length);
  }
  if (from !== null) yield [from, at];
}
