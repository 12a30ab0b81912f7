import type { Entry } from '../format/entry.js';
import { ZERO_ROOT } from '../format/head.js';
import { FANOUT, encodeInterior } from '../format/interior.js';
import { LEAF_BLOCKS, encodeLeaf } from '../format/leaf.js';
import type { PageStore } from './page-store.js';

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

  /** The tree with some leaves replaced, its root not below `level`. Writes only the changed pages and their ancestors. */
  async update(
    root: MapRoot,
    level: number,
    changes: ReadonlyMap<number, readonly Entry[]>,
  ): Promise<MapRoot> {
    const raised = await this.raise(root, Math.max(level, root.level));
    if (changes.size === 0) return raised;
    const sorted = [...changes].sort(([a], [b]) => a - b);
    const before = raised.root.equals(ZERO_ROOT) ? null : raised.root;
    const after = await this.rewrite(before, raised.level, sorted);
    return { root: after ?? ZERO_ROOT, level: raised.level };
  }

  private async raise(root: MapRoot, level: number): Promise<MapRoot> {
    if (root.root.equals(ZERO_ROOT)) return { root: root.root, level };
    let current = root;
    while (current.level < level) {
      const children = [current.root, ...Array<null>(FANOUT - 1).fill(null)];
      const page = encodeInterior({ level: current.level + 1, children });
      if (page !== null) current = { root: await this.pages.put(page), level: current.level + 1 };
    }
    return current;
  }

  private async rewrite(
    hash: Buffer | null,
    level: number,
    changes: readonly (readonly [number, readonly Entry[]])[],
  ): Promise<Buffer | null> {
    if (level === 0) {
      const leaf = encodeLeaf(changes.at(-1)?.[1] ?? []);
      return leaf === null ? null : this.pages.put(leaf);
    }
    const children: (Buffer | null)[] =
      hash === null ? Array<null>(FANOUT).fill(null) : [...(await this.pages.interior(hash)).children];
    const below = leavesBelow(level - 1);
    const groups = group(changes, below);
    await Promise.all(
      [...groups].map(async ([child, members]) => {
        children[child] = await this.rewrite(children[child] ?? null, level - 1, members);
      }),
    );
    const page = encodeInterior({ level, children });
    return page === null ? null : this.pages.put(page);
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
