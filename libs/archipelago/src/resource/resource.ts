import type { Info } from '../block-device.js';

export interface CreateOptions {
  readonly sizeBytes: number;
  /** Power of two from 4 KiB to 32 MiB; 4 MiB by default. */
  readonly blockSizeBytes?: number;
}

export interface CreateFromHashesOptions {
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
  readonly hashes: readonly Buffer[];
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface Segment {
  readonly kind: 'zero' | 'block';
  /** Only for a block named by its hash. */
  readonly hash?: Buffer;
  /** From the beginning of the resource. */
  readonly offset: number;
  readonly length: number;
}

export interface Blocks {
  /** The hashes that are not in the store; the zero block is never missing. */
  missing(hashes: readonly Buffer[]): Promise<Buffer[]>;
  /** Stores a block durably and returns its hash. */
  put(data: Buffer): Promise<Buffer>;
  get(hash: Buffer, range?: ByteRange): Promise<Buffer>;
}

export interface SealedReader {
  readonly info: Info;
  read(offset: number, length: number): Promise<Buffer>;
  segments(offset: number, length: number): AsyncIterable<Segment>;
  /** Throws `NotHashed` when the map has private blocks. */
  hashes(): Promise<Buffer[]>;
}
