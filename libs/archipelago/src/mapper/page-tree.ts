import type { Entry } from '../format/entry.js';
import { ZERO_ROOT } from '../format/head.js';
import { sha256 } from '../format/hash.js';
import { FANOUT, encodeInterior } from '../format/interior.js';
import { LEAF_BLOCKS, encodeLeaf } from '../format/leaf.js';
import type { NamedPage, PageStore } from './page-store.js';

/** The complete mapping of a resource: hash of the root page and its level (0 = leaf). */
export interface MapRoot {
  readonly root: Buffer;
  readonly level: number;
}

export const EMPTY_ROOT: MapRoot = { root: ZERO_ROOT, level: 0 };

/** Highest level of the format: 64 PiB at 4 MiB. */
export const MAX_LEVEL = 3;

/** Leaves below one page of a level. */
function leavesBelow(level: number): number {
  return FANOUT ** level;
}

/** The lowest level that covers a count of blocks. */
export function levelFor(blocks: number): number {
  let level = 0;
  while (leavesBelow(level) * LEAF_BLOCKS < blocks) level += 1;
  return level;
}

interface Subtree {
  readonly hash: Buffer | null;
  readonly level: number;
}

interface Update {
  /** Changed leaves in ascending order. */
  readonly sorted: readonly (readonly [number, readonly Entry[]])[];
  readonly fresh: FreshPages;
}

/** Pages to be stored. */
class FreshPages {
  readonly pages: NamedPage[] = [];

  add(bytes: Buffer): Buffer {
    const hash = sha256(bytes);
    this.pages.push({ hash, bytes });
    return hash;
  }
}

/** Reads and rewrites page trees; old trees stay as they are (archipelago spec §6.3). */
export class PageTree {
  constructor(private readonly pages: PageStore) {}

  /** Hash of a leaf's page, null when all its blocks are zero. */
  async leafHash(root: MapRoot, leafIndex: number): Promise<Buffer | null> {
    let hash: Buffer | null = root.root.equals(ZERO_ROOT) ? null : root.root;
    if (leafIndex >= leavesBelow(root.level)) return null;
    for (let level = root.level; level > 0 && hash !== null; level -= 1) {
      const child = Math.floor(leafIndex / leavesBelow(level - 1)) % FANOUT;
      const page = await this.pages.interior(hash);
      hash = page.children[child] ?? null;
    }
    return hash;
  }

  /** Indexes of leaves from `first` to `last` that are not all zero, in order; skips empty subtrees. */
  async *leaves(root: MapRoot, first: number, last: number): AsyncGenerator<number> {
    if (!root.root.equals(ZERO_ROOT)) yield* this.walk(root.root, root.level, 0, [first, last]);
  }

  /**
   * The tree with some leaves replaced, its root not below `level`. Writes only the changed pages and their ancestors,
   * all at once: until a head names the new root nothing depends on the order, and what they refer to of the old tree is durable.
   */
  async update(
    root: MapRoot,
    level: number,
    changes: ReadonlyMap<number, readonly Entry[]>,
  ): Promise<MapRoot> {
    const fresh = new FreshPages();
    const before = root.root.equals(ZERO_ROOT) ? null : root.root;
    const topLevel = Math.max(level, root.level);
    const sorted = [...changes].sort(([a], [b]) => a - b);
    const after =
      sorted.length === 0 && topLevel === root.level
        ? before
        : await this.rewrite({ hash: before, level: root.level }, topLevel, { sorted, fresh });
    await this.pages.putAll(fresh.pages);
    return { root: after ?? ZERO_ROOT, level: topLevel };
  }

  /** The page of `level` whose first subtree of its own level is `below`, with changes; hash, null when all zero. */
  private async rewrite(below: Subtree, level: number, update: Update): Promise<Buffer | null> {
    const { sorted, fresh } = update;
    if (sorted.length === 0 && below.level === level) return below.hash;
    if (level === 0) {
      const leaf = encodeLeaf(sorted.at(-1)?.[1] ?? []);
      return leaf === null ? null : fresh.add(leaf);
    }
    const children = await this.childrenOf(below, level);
    const groups = group(sorted, leavesBelow(level - 1));
    // A root that is lifted by more than one level becomes the first child's first descendant.
    const lifted = below.level < level ? below : null;
    if (lifted !== null && !groups.has(0)) groups.set(0, []);
    await Promise.all(
      [...groups].map(async ([child, members]) => {
        const subtree =
          child === 0 && lifted !== null ? lifted : { hash: children[child] ?? null, level: level - 1 };
        children[child] = await this.rewrite(subtree, level - 1, { sorted: members, fresh });
      }),
    );
    const page = encodeInterior({ level, children });
    return page === null ? null : fresh.add(page);
  }

  private async childrenOf(below: Subtree, level: number): Promise<(Buffer | null)[]> {
    if (below.hash === null || below.level < level) return Array<null>(FANOUT).fill(null);
    return [...(await this.pages.interior(below.hash)).children];
  }

  private async *walk(
    hash: Buffer,
    level: number,
    base: number,
    range: readonly [number, number],
  ): AsyncGenerator<number> {
    const [first, last] = range;
    if (base > last || base + leavesBelow(level) <= first) return;
    if (level === 0) {
      yield base;
      return;
    }
    const page = await this.pages.interior(hash);
    for (const [i, child] of page.children.entries()) {
      if (child !== null) yield* this.walk(child, level - 1, base + i * leavesBelow(level - 1), range);
    }
  }
}

function group<T>(
  changes: readonly (readonly [number, T])[],
  below: number,
): Map<number, (readonly [number, T])[]> {
  const groups = new Map<number, (readonly [number, T])[]>();
  for (const change of changes) {
    const child = Math.floor(change[0] / below) % FANOUT;
    const members = groups.get(child);
    if (members === undefined) groups.set(child, [change]);
    else members.push(change);
  }
  return groups;
}
