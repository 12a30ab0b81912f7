import { type Entry, ZERO_ENTRY } from '../format/entry.js';
import { LEAF_BLOCKS } from '../format/leaf.js';
import type { PageStore } from './page-store.js';
import { type MapRoot, PageTree } from './page-tree.js';

const ZERO_LEAF: readonly Entry[] = Array<Entry>(LEAF_BLOCKS).fill(ZERO_ENTRY);

/**
 * The map of one open volume: a stored tree and the leaves changed since. `freeze` sets the changed leaves aside for a
 * checkpoint while new changes go to copies of them.
 */
export class BlockMap {
  private readonly tree: PageTree;
  private changed = new Map<number, Entry[]>();
  private frozen = new Map<number, Entry[]>();
  /** Hashes of unchanged leaves looked up before, null for zero. */
  private leafHashes = new Map<number, Buffer | null>();

  constructor(
    private readonly pages: PageStore,
    private current: MapRoot,
  ) {
    this.tree = new PageTree(pages);
  }

  get root(): MapRoot {
    return this.current;
  }

  get isChanged(): boolean {
    return this.changed.size > 0;
  }

  /** The entry of a block when its leaf is in memory. */
  peek(block: number): Entry | undefined {
    return this.peekLeaf(Math.floor(block / LEAF_BLOCKS))?.[block % LEAF_BLOCKS];
  }

  async get(block: number): Promise<Entry> {
    const leaf = await this.leaf(Math.floor(block / LEAF_BLOCKS));
    return leaf[block % LEAF_BLOCKS] ?? ZERO_ENTRY;
  }

  /** Replaces an entry at once when its leaf is in memory; false when it has to be loaded with `get` first. */
  assign(block: number, entry: Entry): boolean {
    const index = Math.floor(block / LEAF_BLOCKS);
    let leaf = this.changed.get(index);
    if (leaf === undefined) {
      const before = this.peekLeaf(index);
      if (before === undefined) return false;
      leaf = [...before];
      this.changed.set(index, leaf);
    }
    leaf[block % LEAF_BLOCKS] = entry;
    return true;
  }

  /** Sets the changed leaves aside for `writeFrozen`. Only one set may be frozen. */
  freeze(): void {
    if (this.frozen.size > 0) {
      // An earlier checkpoint failed: its leaves are still owed, newer copies of them win.
      for (const [index, leaf] of this.frozen) if (!this.changed.has(index)) this.changed.set(index, leaf);
    }
    this.frozen = this.changed;
    this.changed = new Map();
  }

  /** Writes the frozen leaves durably; the new tree. */
  async writeFrozen(level: number): Promise<MapRoot> {
    const next = await this.tree.update(this.current, level, this.frozen);
    this.current = next;
    this.frozen = new Map();
    this.leafHashes = new Map();
    return next;
  }

  /** The stored blocks that are not zero, in order: what is changed and not written is not among them. */
  async *stored(): AsyncGenerator<{ readonly block: number; readonly entry: Entry }> {
    const from = this.current;
    for await (const index of this.tree.leaves(from, 0, Infinity)) {
      const hash = await this.tree.leafHash(from, index);
      const leaf = hash === null ? ZERO_LEAF : await this.pages.leaf(hash);
      for (const [i, entry] of leaf.entries())
        if (entry.kind !== 'zero') yield { block: index * LEAF_BLOCKS + i, entry };
    }
  }

  private peekLeaf(index: number): readonly Entry[] | undefined {
    const changed = this.changed.get(index) ?? this.frozen.get(index);
    if (changed !== undefined) return changed;
    const hash = this.leafHashes.get(index);
    if (hash === undefined) return undefined;
    return hash === null ? ZERO_LEAF : this.pages.peekLeaf(hash);
  }

  private async leaf(index: number): Promise<readonly Entry[]> {
    for (;;) {
      const known = this.peekLeaf(index);
      if (known !== undefined) return known;
      const from = this.current;
      const hash = await this.tree.leafHash(from, index);
      if (hash !== null) await this.pages.leaf(hash);
      // A checkpoint may have replaced the tree meanwhile.
      if (from === this.current) this.leafHashes.set(index, hash);
    }
  }
}
