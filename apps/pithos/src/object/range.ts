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
  const ranges = parts.map((part) => parsePart(part, sizeBytes));
  if (ranges.includes('ignored')) return null;
  return ranges.filter((range) => typeof range === 'object');
}

/** One part: a range, `unsatisfiable`, or `ignored` when it is no range at all. */
function parsePart(part: string, sizeBytes: number): ByteRange | 'unsatisfiable' | 'ignored' {
  const [matched, from = '', to = ''] = /^(\d*)\s*-\s*(\d*)$/.exec(part) ?? [];
  if (matched === undefined || (from === '' && to === '')) return 'ignored';
  if (from === '') return suffix(Number(to), sizeBytes);
  if (to !== '' && Number(from) > Number(to)) return 'ignored';
  return span(Number(from), to, sizeBytes);
}

function suffix(length: number, sizeBytes: number): ByteRange | 'unsatisfiable' {
  if (length === 0 || sizeBytes === 0) return 'unsatisfiable';
  return { first: Math.max(0, sizeBytes - length), last: sizeBytes - 1 };
}

function span(first: number, to: string, sizeBytes: number): ByteRange | 'unsatisfiable' {
  if (first >= sizeBytes) return 'unsatisfiable';
  return { first, last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}
