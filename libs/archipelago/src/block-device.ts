import type { Json } from '@synnefo/units';

/**
 * Sizes and offsets of the public interface are JavaScript numbers: exact up to 2^53 − 1 bytes (8 PiB),
 * which is also the largest resource. Hashes are 32-byte buffers.
 */

/** Who holds the data of an extent: this volume alone, this volume and snapshots or clones, or a block named by its hash. */
export type ExtentOwner = 'private' | 'shared' | 'cas';

/** A run of bytes with one state; `zero` reads as zeros and takes no space (archipelago spec §5.5, block status). */
export interface Extent {
  readonly length: number;
  readonly state: 'zero' | 'data';
  readonly owner?: ExtentOwner;
}

/** With `fua` the change, its map record included, is on stable storage before the call returns. */
export interface DurabilityOptions {
  readonly fua?: boolean;
}

export interface WriteZeroesOptions extends DurabilityOptions {
  /** Allocate the range instead of leaving holes. */
  readonly noHole?: boolean;
}

/**
 * A linear address space of `sizeBytes` bytes: what an NBD server serves. Ranges outside it are refused
 * with `OutOfRange`, changes of a read-only device with `ReadOnly`, everything after a failed sync with `VolumeFailed`.
 */
export interface BlockDevice {
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  read(offset: number, length: number): Promise<Buffer>;
  /** `data` belongs to the device until the promise settles. */
  write(offset: number, data: Buffer, options?: DurabilityOptions): Promise<void>;
  /** A hint: whole blocks become zero blocks, parts of blocks may keep their content. */
  trim(offset: number, length: number, options?: DurabilityOptions): Promise<void>;
  writeZeroes(offset: number, length: number, options?: WriteZeroesOptions): Promise<void>;
  /** Covers every change answered before the call; concurrent flushes are merged. */
  flush(): Promise<void>;
  /**
   * `read` for those who cannot afford a promise: fills `target` from one block when that takes no waiting, at the price of one
   * system call. `zero`: the block holds nothing, and `target` is left as it was. Null: nothing is done, use `read`.
   */
  readNow?(offset: number, target: Buffer): 'data' | 'zero' | null;
  /** `write` in the same way, not durable. False: nothing is done, use `write`. */
  writeNow?(offset: number, data: Buffer): boolean;
  /** Runs in order that cover exactly `length` bytes from `offset`. */
  extents(offset: number, length: number): Promise<Extent[]>;
}

/** What is known of a resource without opening it. */
export interface Info {
  readonly name: string;
  /** 32 lower-case hex digits. */
  readonly uuid: string;
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
  readonly readOnly: boolean;
  /** Every block is a zero block or named by its hash. */
  readonly fullyHashed: boolean;
  readonly parentUuid?: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly attrs: Readonly<Record<string, Json>>;
}

/** An open volume: a block device whose lease this process holds (mode `ro`: no lease, read-only). */
export interface Volume extends BlockDevice {
  readonly name: string;
  /** Seals the content as of now under `name`; I/O stops for about one flush. */
  snapshot(name: string): Promise<Info>;
  /** New size in bytes, not below the present one. */
  grow(sizeBytes: number): Promise<void>;
  /** Flushes, writes the final head and gives up the lease. */
  close(): Promise<void>;
}
