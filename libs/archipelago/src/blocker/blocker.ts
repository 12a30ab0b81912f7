import type { Blocks, ByteRange } from '../resource/resource.js';
import { inParallel } from '../driver/parallel.js';
import type { Store } from '../driver/store.js';
import { Exists, NotFound, TooLarge } from '../errors.js';
import { HASH_LENGTH, ZERO_HASH, sha256, stripZeros } from '../format/hash.js';
import { ensureDurable } from '../mapper/page-store.js';

const MAX_BLOCK_BYTES = 32 * 1024 * 1024;
const STAT_WIDTH = 64;

/** Immutable blocks named by the SHA-256 of their data without trailing zeros. */
export class Blocker implements Blocks {
  private readonly putting = new Map<string, Promise<void>>();

  constructor(private readonly store: Store) {}

  async missing(hashes: readonly Buffer[]): Promise<Buffer[]> {
    const byKey = new Map(hashes.map((hash) => [hash.toString('hex'), hash]));
    byKey.delete(ZERO_HASH.toString('hex'));
    const missing = new Set<string>();
    await inParallel([...byKey.keys()], STAT_WIDTH, async (key) => {
      if (key.length !== 2 * HASH_LENGTH || !(await this.has(key))) missing.add(key);
    });
    return [...byKey].filter(([key]) => missing.has(key)).map(([, hash]) => hash);
  }

  async put(data: Buffer): Promise<Buffer> {
    if (data.length > MAX_BLOCK_BYTES) throw new TooLarge(`a block of ${data.length} bytes`);
    const stripped = stripZeros(data);
    const hash = sha256(stripped);
    if (stripped.length === 0) return hash;
    const key = hash.toString('hex');
    const running =
      this.putting.get(key) ?? this.putNew(key, stripped).finally(() => this.putting.delete(key));
    this.putting.set(key, running);
    await running;
    return hash;
  }

  /** The stored bytes, without trailing zeros; with a range exactly its length, padded with zeros. */
  async get(hash: Buffer, range?: ByteRange): Promise<Buffer> {
    if (hash.equals(ZERO_HASH)) return Buffer.alloc(range?.length ?? 0);
    const key = hash.toString('hex');
    if (range === undefined) return (await this.store.get(key)).data;
    const target = Buffer.alloc(range.length);
    await this.store.getInto(key, range.offset, target);
    return target;
  }

  private async has(key: string): Promise<boolean> {
    try {
      await this.store.stat(key);
      return true;
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
  }

  private async putNew(key: string, data: Buffer): Promise<void> {
    try {
      if (!(await this.has(key))) {
        await this.store.put(key, data, { ifAbsent: true, durable: true });
        return;
      }
    } catch (error) {
      if (!(error instanceof Exists)) throw error;
    }
    await ensureDurable(this.store, key);
  }
}
