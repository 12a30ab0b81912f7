/** Inclusive byte positions. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

const MAX_RANGES = 50;

/**
 * Ranges of a `Range` header on `sizeBytes` bytes, by RFC 9110 §14: null when there is none, or it is to be ignored
 * (syntax, another unit, too many parts); an empty list when no range can be satisfied (416).
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange[] | null {
  const match = /^\s*bytes\s*=(.*)$/i.exec(header ?? '');
  if (!match) return null;
  const parts = (match[1] ?? '').split(',').map((part) => part.trim());
  if (parts.length > MAX_RANGES) return null;
  const ranges: ByteRange[] = [];
  for (const part of parts) {
    const bounds = /^(\d*)\s*-\s*(\d*)$/.exec(part);
    if (!bounds || (bounds[1] === '' && bounds[2] === '')) return null;
    const [, from = '', to = ''] = bounds;
    if (from !== '' && to !== '' && Number(from) > Number(to)) return null;
    const range = from === '' ? suffix(Number(to), sizeBytes) : span(Number(from), to, sizeBytes);
    if (range) ranges.push(range);
  }
  return ranges;
}

function suffix(length: number, sizeBytes: number): ByteRange | null {
  if (length === 0 || sizeBytes === 0) return null;
  return { first: Math.max(0, sizeBytes - length), last: sizeBytes - 1 };
}

function span(first: number, to: string, sizeBytes: number): ByteRange | null {
  if (first >= sizeBytes) return null;
  return { first, last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}
