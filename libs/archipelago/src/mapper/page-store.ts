import { inParallel } from '../driver/parallel.js';
import type { Store } from '../driver/store.js';
import { Corrupt, Exists } from '../errors.js';
import type { Entry } from '../format/entry.js';
import { sha256 } from '../format/hash.js';
import { type Interior, decodeInterior } from '../format/interior.js';
import { decodeLeaf } from '../format/leaf.js';
import { mapKey } from '../format/names.js';
import { LruCache } from './lru-cache.js';

/** A name this old has long been flushed by the system; a younger one may belong to a process that died before its sync. */
const SURELY_DURABLE_MS = 300_000;

const PUT_WIDTH = 32;

/** An encoded page and its SHA-256. */
export interface NamedPage {
  readonly hash: Buffer;
  readonly bytes: Buffer;
}

/** Syncs an object that somebody else put, unless it is old. */
export async function ensureDurable(store: Store, key: string): Promise<void> {
  const { modifiedMs } = await store.stat(key);
  if (Date.now() - modifiedMs < SURELY_DURABLE_MS) await store.sync([key]);
}

/** Immutable pages named by their SHA-256, with a cache of decoded ones. */
export class PageStore {
  private readonly leaves: LruCache<readonly Entry[]>;
  private readonly interiors: LruCache<Interior>;

  constructor(
    private readonly store: Store,
    cacheEntries: number,
  ) {
    this.leaves = new LruCache(cacheEntries);
    this.interiors = new LruCache(cacheEntries);
  }

  /** A leaf that is in the cache. */
  peekLeaf(hash: Buffer): readonly Entry[] | undefined {
    return this.leaves.get(hash.toString('latin1'));
  }

  async leaf(hash: Buffer): Promise<readonly Entry[]> {
    const known = this.peekLeaf(hash);
    if (known !== undefined) return known;
    const leaf = decodeLeaf(await this.load(hash));
    this.leaves.set(hash.toString('latin1'), leaf);
    return leaf;
  }

  async interior(hash: Buffer): Promise<Interior> {
    const key = hash.toString('latin1');
    const known = this.interiors.get(key);
    if (known !== undefined) return known;
    const page = decodeInterior(await this.load(hash));
    this.interiors.set(key, page);
    return page;
  }

  /** Stores pages durably, each once. Together, because one after another each would wait for a sync of its own. */
  async putAll(pages: readonly NamedPage[]): Promise<void> {
    await inParallel(pages, PUT_WIDTH, (page) => this.put(page));
  }

  private async put({ hash, bytes }: NamedPage): Promise<void> {
    const key = mapKey.page(hash);
    try {
      await this.store.put(key, bytes, { ifAbsent: true, durable: true });
    } catch (error) {
      if (!(error instanceof Exists)) throw error;
      await ensureDurable(this.store, key);
    }
  }

  private async load(hash: Buffer): Promise<Buffer> {
    const { data } = await this.store.get(mapKey.page(hash));
    if (!sha256(data).equals(hash)) throw new Corrupt(`page ${hash.toString('hex')} has other content`);
    return data;
  }
}
