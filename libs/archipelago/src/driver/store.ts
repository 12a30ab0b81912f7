import { createHash } from 'node:crypto';

/** A version of an object's bytes, for conditional changes. */
export type Tag = string;

export interface ObjectRange {
  readonly offset: number;
  readonly length: number;
}

export interface ObjectData {
  /** Bytes that exist in the range; never padded. */
  readonly data: Buffer;
  /** Length of the whole object. */
  readonly totalBytes: number;
}

export interface ObjectStat {
  readonly lengthBytes: number;
  readonly modifiedMs: number;
}

export interface PutOptions {
  /** Of any number of concurrent callers at most one succeeds, the others get `Exists`. */
  readonly ifAbsent?: boolean;
  /** Replace only the bytes with this tag, else `Conflict`; a missing object is a conflict. */
  readonly ifMatch?: Tag;
  /** On stable storage, the name included, before the call returns. */
  readonly durable?: boolean;
}

export interface ListPage {
  readonly keys: string[];
  /** Pass it to get the next page; null at the end. */
  readonly cursor: string | null;
}

/**
 * What everything above needs from a backend (archipelago spec §4.4). Keys: 1 to 200 of `[A-Za-z0-9._-]`, flat. Errors:
 * `NotFound`, `Exists`, `Conflict`, `NoSpace`, `InvalidName`, and `IoFailed` for the rest. Every call but `append` may be
 * repeated after an unknown outcome. Without `durable` only `sync` gives durability.
 */
export interface Store {
  /** `NotFound` when missing; without a range the whole object. */
  get(key: string, range?: ObjectRange): Promise<ObjectData>;
  /** Reads into the caller's buffer; the count of bytes that exist, `NotFound` when missing. */
  getInto(key: string, offset: number, target: Buffer): Promise<number>;
  stat(key: string): Promise<ObjectStat>;
  /** Whole replacement; readers see the old or the new bytes, after a power failure too. */
  put(key: string, data: Buffer, options?: PutOptions): Promise<void>;
  /** Creates the object when missing; a gap reads as zeros. Not atomic. */
  writeAt(key: string, offset: number, data: Buffer): Promise<void>;
  /** Cuts or extends with zeros; `NotFound` when missing. */
  truncate(key: string, lengthBytes: number): Promise<void>;
  /** Adds at the end; `Conflict` when the length is not the expected one. Creates the object when 0 is expected. */
  append(key: string, data: Buffer, options: { readonly expectedLength: number }): Promise<void>;
  /** The target is complete or absent; an existing one is replaced. `NotFound` when the source is missing. */
  copy(from: string, to: string): Promise<void>;
  /** Missing is success. Durable no later than the next `sync` of the key. */
  delete(key: string): Promise<void>;
  /** Keys with a prefix in ascending byte order. */
  list(prefix: string, options?: { readonly cursor?: string; readonly limit?: number }): Promise<ListPage>;
  /** All answered changes of these keys, their names and removals included, are on stable storage. */
  sync(keys: readonly string[]): Promise<void>;
  /** `getInto` without a promise, when that is quick and the object was used lately; null means to use `getInto`. */
  getNow?(key: string, offset: number, target: Buffer): number | null;
  /** `writeAt` in the same way; false means to use `writeAt`. */
  writeNow?(key: string, offset: number, data: Buffer): boolean;
  close(): Promise<void>;
}

/** Tag of an object's bytes. */
export function tagOf(data: Buffer): Tag {
  return createHash('sha256').update(data).digest('base64url');
}

/** All keys with a prefix. */
export async function* listAll(store: Store, prefix: string): AsyncGenerator<string> {
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: ListPage = await store.list(prefix, { cursor, limit: 100_000 });
    yield* page.keys;
    cursor = page.cursor;
  }
}
