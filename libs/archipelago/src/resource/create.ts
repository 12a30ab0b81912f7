import type { Blocks, CreateFromHashesOptions, CreateOptions } from './resource.js';
import type { Info } from '../block-device.js';
import type { Store } from '../driver/store.js';
import { ArchipelagoError, BlockMissing, InvalidSize, NotFound, NotReadOnly, TooLarge } from '../errors.js';
import { type Entry, ZERO_ENTRY, objectName } from '../format/entry.js';
import { ZERO_HASH } from '../format/hash.js';
import type { Head } from '../format/head.js';
import { LEAF_BLOCKS } from '../format/leaf.js';
import { newUuid } from '../format/names.js';
import type { PageStore } from '../mapper/page-store.js';
import { EMPTY_ROOT, MAX_LEVEL, type MapRoot, PageTree, levelFor } from '../mapper/page-tree.js';
import type { Catalogue } from './catalogue.js';

/** 4 MiB (archipelago spec §1.2). */
export const DEFAULT_BLOCK_BYTES = 4 * 1024 * 1024;
const MIN_BLOCK_BYTES = 256;
const MAX_BLOCK_BYTES = 32 * 1024 * 1024;

export interface ResourceContext {
  readonly blocks: Store;
  readonly blocker: Blocks;
  readonly pages: PageStore;
  readonly catalogue: Catalogue;
}

/** Checks size and block size of a new resource. */
function assertSizes(sizeBytes: number, blockSizeBytes: number): void {
  const isPowerOfTwo = Number.isInteger(Math.log2(blockSizeBytes));
  if (!isPowerOfTwo || blockSizeBytes < MIN_BLOCK_BYTES || blockSizeBytes > MAX_BLOCK_BYTES) {
    throw new InvalidSize(`block size ${blockSizeBytes}: a power of two from 256 B to 32 MiB is needed`);
  }
  if (!Number.isInteger(sizeBytes) || sizeBytes < 0) throw new InvalidSize(`size ${sizeBytes}`);
  const isTooLarge =
    !Number.isSafeInteger(sizeBytes) || levelFor(Math.ceil(sizeBytes / blockSizeBytes)) > MAX_LEVEL;
  if (isTooLarge) throw new TooLarge(`size ${sizeBytes}`);
}

function newHead(name: string, sizes: { sizeBytes: number; blockSizeBytes: number }, root: MapRoot): Head {
  const now = Date.now();
  return {
    ...sizes,
    uuid: newUuid(),
    readOnly: false,
    deleted: false,
    pending: false,
    fullyHashed: true,
    epoch: 1,
    floor: 1,
    generation: 0,
    root: root.root,
    rootLevel: root.level,
    journalSeq: 0,
    parentUuid: null,
    createdMs: now,
    modifiedMs: now,
    attrs: { name },
  };
}

/** An empty volume: one head, whatever its size. */
export async function createEmpty(
  context: ResourceContext,
  name: string,
  options: CreateOptions,
): Promise<Info> {
  const sizes = {
    sizeBytes: options.sizeBytes,
    blockSizeBytes: options.blockSizeBytes ?? DEFAULT_BLOCK_BYTES,
  };
  assertSizes(sizes.sizeBytes, sizes.blockSizeBytes);
  if (sizes.sizeBytes === 0) throw new InvalidSize('a volume of size 0');
  const level = levelFor(Math.ceil(sizes.sizeBytes / sizes.blockSizeBytes));
  return context.catalogue.add(name, newHead(name, sizes, { ...EMPTY_ROOT, level }));
}

function leavesOf(hashes: readonly Buffer[]): Map<number, readonly Entry[]> {
  const leaves = new Map<number, readonly Entry[]>();
  for (let first = 0; first < hashes.length; first += LEAF_BLOCKS) {
    const entries = hashes
      .slice(first, first + LEAF_BLOCKS)
      .map((hash): Entry => (hash.equals(ZERO_HASH) ? ZERO_ENTRY : { kind: 'cas', hash }));
    leaves.set(first / LEAF_BLOCKS, entries);
  }
  return leaves;
}

/** A read-only resource of blocks that are in the store; `BlockMissing` names those that are not. */
export async function createFromHashes(
  context: ResourceContext,
  name: string,
  options: CreateFromHashesOptions,
): Promise<Info> {
  const { sizeBytes, blockSizeBytes } = options;
  assertSizes(sizeBytes, blockSizeBytes);
  const count = Math.ceil(sizeBytes / blockSizeBytes);
  // An empty object's map is the single hash of nothing (storage spec §2.3).
  const hashes =
    count === 0 && options.hashes[0]?.equals(ZERO_HASH) ? options.hashes.slice(1) : options.hashes;
  if (hashes.length !== count) throw new InvalidSize(`${hashes.length} hashes for ${count} blocks`);
  const missing = await context.blocker.missing(hashes);
  if (missing.length > 0) throw new BlockMissing(missing, { resource: name });
  const root = await new PageTree(context.pages).update(EMPTY_ROOT, levelFor(count), leavesOf(hashes));
  return context.catalogue.add(name, {
    ...newHead(name, { sizeBytes, blockSizeBytes }, root),
    readOnly: true,
  });
}

/** A writable resource with the map of a read-only one: one head, whatever the size (archipelago spec §6.5.6). */
export async function clone(
  context: ResourceContext,
  source: string,
  name: string,
  options: { readonly sizeBytes?: number } = {},
): Promise<Info> {
  const { head } = await context.catalogue.get(source);
  if (!head.readOnly) throw new NotReadOnly(`resource ${source} is writable`, { resource: source });
  const sizeBytes = options.sizeBytes ?? head.sizeBytes;
  const { blockSizeBytes } = head;
  assertSizes(sizeBytes, blockSizeBytes);
  if (sizeBytes < head.sizeBytes || sizeBytes === 0) {
    throw new InvalidSize(`size ${sizeBytes} is below the source's`, { resource: name });
  }
  const level = levelFor(Math.ceil(sizeBytes / blockSizeBytes));
  const root = await grownRoot(context, head, { sizeBytes, level });
  const copy = { ...newHead(name, { sizeBytes, blockSizeBytes }, root), fullyHashed: head.fullyHashed };
  return context.catalogue.add(name, { ...copy, parentUuid: head.uuid }, async () => {
    // Removed meanwhile: its blocks may go, so the clone must not stay.
    const again = await context.catalogue.findHead(head.uuid);
    if (again === null || again.head.deleted)
      throw new NotFound(`no resource ${source}`, { resource: source });
  });
}

/** The source's tree for a larger resource; what lies behind the source's end must read as zeros. */
async function grownRoot(
  context: ResourceContext,
  source: Head,
  target: { readonly sizeBytes: number; readonly level: number },
): Promise<MapRoot> {
  const tree = new PageTree(context.pages);
  const root = { root: source.root, level: source.rootLevel };
  const tail = source.sizeBytes % source.blockSizeBytes;
  if (target.sizeBytes === source.sizeBytes || tail === 0) return tree.update(root, target.level, new Map());
  const block = Math.floor(source.sizeBytes / source.blockSizeBytes);
  const leafIndex = Math.floor(block / LEAF_BLOCKS);
  const hash = await tree.leafHash(root, leafIndex);
  const leaf = hash === null ? [] : [...(await context.pages.leaf(hash))];
  const key = objectName(leaf[block % LEAF_BLOCKS] ?? ZERO_ENTRY, block);
  if (key === null || (await lengthOf(context.blocks, key)) <= tail) {
    return tree.update(root, target.level, new Map());
  }
  const { data } = await context.blocks.get(key, { offset: 0, length: tail });
  const cut = await context.blocker.put(data);
  leaf[block % LEAF_BLOCKS] = cut.equals(ZERO_HASH) ? ZERO_ENTRY : { kind: 'cas', hash: cut };
  return tree.update(root, target.level, new Map([[leafIndex, leaf]]));
}

async function lengthOf(store: Store, key: string): Promise<number> {
  try {
    return (await store.stat(key)).lengthBytes;
  } catch (error) {
    if (error instanceof ArchipelagoError && error.code === 'NotFound') return 0;
    throw error;
  }
}
