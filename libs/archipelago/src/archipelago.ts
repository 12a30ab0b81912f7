import type { Info, Volume } from './block-device.js';
import { IoFailed } from './errors.js';

/** What the library logs with; pino's logger fits. */
export interface ArchipelagoLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ArchipelagoOptions {
  /** `dir:/path` or `memory:`. */
  readonly store: string;
  /** Node name written into leases. */
  readonly node: string;
  /** URL of this process's control socket (`unix:/path`), written into leases. */
  readonly control?: string;
  readonly logger?: ArchipelagoLogger;
  readonly limits?: Partial<Limits>;
}

export interface Limits {
  /** Open volumes of this process. */
  readonly maxOpenVolumes: number;
  /** Pages kept in memory. */
  readonly pageCacheEntries: number;
}

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

export class Archipelago {
  private constructor(readonly blocks: Blocks) {}

  static open(_options: ArchipelagoOptions): Promise<Archipelago> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  create(_name: string, _options: CreateOptions): Promise<Info> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  createFromHashes(_name: string, _options: CreateFromHashesOptions): Promise<Info> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  clone(_source: string, _name: string, _options?: { sizeBytes?: number }): Promise<Info> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  snapshot(_volume: string, _name: string): Promise<Info> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  remove(_name: string): Promise<void> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  info(_name: string): Promise<Info> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  find(_name: string): Promise<Info | null> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  // eslint-disable-next-line require-yield
  async *list(_prefix?: string): AsyncGenerator<Info> {
    await Promise.reject(new IoFailed('not built yet'));
  }

  grow(_name: string, _sizeBytes: number): Promise<Info> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  reader(_name: string): Promise<SealedReader> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  openVolume(_name: string, _options: { mode: 'rw' | 'ro' }): Promise<Volume> {
    return Promise.reject(new IoFailed('not built yet'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
