import type { SealedReader, Segment } from './resource.js';
import type { Info } from '../block-device.js';
import type { Store } from '../driver/store.js';
import { NotHashed, OutOfRange } from '../errors.js';
import { type Entry, ZERO_ENTRY } from '../format/entry.js';
import { ZERO_HASH } from '../format/hash.js';
import type { Head } from '../format/head.js';
import { LEAF_BLOCKS } from '../format/leaf.js';
import type { PageStore } from '../mapper/page-store.js';
import { PageTree } from '../mapper/page-tree.js';
import { piecesOf, readBlock } from '../volume/block-io.js';
import { infoOf } from './catalogue.js';

/** Reads a resource that no longer changes, without lease or state. */
export class MapReader implements SealedReader {
  readonly info: Info;
  private readonly tree: PageTree;

  constructor(
    private readonly blocks: Store,
    private readonly pages: PageStore,
    name: string,
    private readonly head: Head,
  ) {
    this.info = infoOf(name, head);
    this.tree = new PageTree(pages);
  }

  async read(offset: number, length: number): Promise<Buffer> {
    this.assertInside(offset, length);
    const out = Buffer.allocUnsafe(length);
    for (const piece of piecesOf(offset, length, this.head.blockSizeBytes)) {
      const at = { entry: await this.entry(piece.block), block: piece.block };
      await readBlock(this.blocks, at, piece.start, out.subarray(piece.at, piece.at + piece.length));
    }
    return out;
  }

  async *segments(offset: number, length: number): AsyncGenerator<Segment> {
    this.assertInside(offset, length);
    let hole: { offset: number; length: number } | null = null;
    for (const piece of piecesOf(offset, length, this.head.blockSizeBytes)) {
      const entry = await this.entry(piece.block);
      const place = { offset: offset + piece.at, length: piece.length };
      if (entry.kind === 'zero') {
        hole = hole === null ? place : { offset: hole.offset, length: hole.length + place.length };
        continue;
      }
      if (hole !== null) yield { kind: 'zero', ...hole };
      hole = null;
      yield { kind: 'block', ...(entry.kind === 'cas' ? { hash: entry.hash } : {}), ...place };
    }
    if (hole !== null) yield { kind: 'zero', ...hole };
  }

  async hashes(): Promise<Buffer[]> {
    const count = Math.ceil(this.head.sizeBytes / this.head.blockSizeBytes);
    const hashes: Buffer[] = [];
    for (let block = 0; block < count; block += 1) {
      const entry = await this.entry(block);
      if (entry.kind === 'zero') hashes.push(ZERO_HASH);
      else if (entry.kind === 'cas') hashes.push(entry.hash);
      else throw new NotHashed(`block ${block} is private`, { resource: this.info.name, block });
    }
    return hashes;
  }

  private assertInside(offset: number, length: number): void {
    const isInside = Number.isSafeInteger(offset) && offset >= 0 && length >= 0;
    if (!isInside || offset + length > this.head.sizeBytes) {
      throw new OutOfRange(`${length} bytes at ${offset}`, { resource: this.info.name });
    }
  }

  private async entry(block: number): Promise<Entry> {
    const root = { root: this.head.root, level: this.head.rootLevel };
    const hash = await this.tree.leafHash(root, Math.floor(block / LEAF_BLOCKS));
    if (hash === null) return ZERO_ENTRY;
    const leaf = await this.pages.leaf(hash);
    return leaf[block % LEAF_BLOCKS] ?? ZERO_ENTRY;
  }
}
