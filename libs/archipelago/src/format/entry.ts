/** What holds a block's data (archipelago spec §6.3, dictionary records). Entries are immutable and shared between leaves. */
export type Entry =
  | { readonly kind: 'zero' }
  /** Object `<uuid>_<epoch>_<index>`. */
  | { readonly kind: 'private'; readonly uuid: string; readonly epoch: number }
  /** Object `<prefix>_<epoch>_<index>` of an imported map. */
  | { readonly kind: 'legacy'; readonly prefix: string; readonly epoch: number }
  | { readonly kind: 'cas'; readonly hash: Buffer }
  /** Object with any other name. */
  | { readonly kind: 'named'; readonly name: string };

export const ZERO_ENTRY: Entry = { kind: 'zero' };

/** Equal entries have equal keys. */
export function entryKey(entry: Entry): string {
  switch (entry.kind) {
    case 'zero':
      return '0';
    case 'private':
      return `1${entry.uuid}${entry.epoch}`;
    case 'legacy':
      return `L${entry.epoch}_${entry.prefix}`;
    case 'cas':
      return `2${entry.hash.toString('latin1')}`;
    case 'named':
      return `3${entry.name}`;
  }
}

function hex64(value: number): string {
  return value.toString(16).padStart(16, '0');
}

/** Name of the object in the blocks store that holds block `index`; null for the zero block. */
export function objectName(entry: Entry, index: number): string | null {
  switch (entry.kind) {
    case 'zero':
      return null;
    case 'private':
      return `${entry.uuid}_${hex64(entry.epoch)}_${hex64(index)}`;
    case 'legacy':
      return `${entry.prefix}_${hex64(entry.epoch)}_${hex64(index)}`;
    case 'cas':
      return entry.hash.toString('hex');
    case 'named':
      return entry.name;
  }
}
