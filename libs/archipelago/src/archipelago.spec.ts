import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archipelago } from './archipelago.js';
import type { Info } from './block-device.js';
import { blockHash } from './format/hash.js';

const MIB = 1024 * 1024;
const BLOCK = 4096;
const code = (expected: string): unknown => expect.objectContaining({ code: expected });

async function names(archipelago: Archipelago, prefix?: string): Promise<string[]> {
  const found: Info[] = [];
  for await (const info of archipelago.list(prefix)) found.push(info);
  return found.map((info) => info.name);
}

describe.each(['memory:', 'dir:'])('Archipelago over %s', (kind) => {
  let directory: string;
  let store: Archipelago;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'archipelago-'));
    store = await Archipelago.open({
      store: kind === 'dir:' ? `dir:${directory}/store` : kind,
      node: 'node1',
    });
  });
  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });

  async function file(name: string, content: Buffer): Promise<Info> {
    const hashes: Buffer[] = [];
    for (let at = 0; at < content.length; at += BLOCK) {
      hashes.push(await store.blocks.put(content.subarray(at, at + BLOCK)));
    }
    return store.createFromHashes(name, { sizeBytes: content.length, blockSizeBytes: BLOCK, hashes });
  }

  it('keeps blocks by hash, once, without trailing zeros', async () => {
    const hash = await store.blocks.put(Buffer.from('abc\0\0'));
    expect(hash.equals(blockHash(Buffer.from('abc')))).toBe(true);
    expect(await store.blocks.put(Buffer.from('abc'))).toEqual(hash);
    expect((await store.blocks.get(hash)).toString()).toBe('abc');
    expect((await store.blocks.get(hash, { offset: 1, length: 4 })).toString()).toBe('bc\0\0');
    const zero = await store.blocks.put(Buffer.alloc(100));
    const unknown = blockHash(Buffer.from('unknown'));
    expect(await store.blocks.missing([hash, zero, unknown, unknown])).toEqual([unknown]);
    await expect(store.blocks.get(unknown)).rejects.toEqual(code('NotFound'));
  });

  it('makes a file of blocks and reads it', async () => {
    const content = Buffer.concat([Buffer.alloc(BLOCK, 'a'), Buffer.alloc(2 * BLOCK), Buffer.from('tail')]);
    const info = await file('snf-file-1', content);
    expect(info).toMatchObject({ readOnly: true, fullyHashed: true, sizeBytes: content.length });
    const reader = await store.reader('snf-file-1');
    expect((await reader.read(0, content.length)).equals(content)).toBe(true);
    expect((await reader.read(BLOCK - 1, 2)).toString()).toBe('a\0');
    expect(await reader.hashes()).toHaveLength(4);
    const segments = [];
    for await (const { kind: what, offset, length } of reader.segments(1, content.length - 1)) {
      segments.push([what, offset, length]);
    }
    expect(segments).toEqual([
      ['block', 1, BLOCK - 1],
      ['zero', BLOCK, 2 * BLOCK],
      ['block', 3 * BLOCK, 4],
    ]);
    await expect(reader.read(content.length, 1)).rejects.toEqual(code('OutOfRange'));
  });

  it('names the blocks that are missing', async () => {
    const unknown = blockHash(Buffer.from('unknown'));
    const making = store.createFromHashes('snf-file-1', {
      sizeBytes: 10,
      blockSizeBytes: BLOCK,
      hashes: [unknown],
    });
    await expect(making).rejects.toMatchObject({ code: 'BlockMissing', hashes: [unknown] });
    expect(await store.find('snf-file-1')).toBeNull();
  });

  it('goes the circle: file, clone, writes, snapshot, clone of the snapshot', async () => {
    const content = Buffer.alloc(3 * BLOCK, 'image');
    const image = await file('snf-file-1', content);
    const disk = await store.clone('snf-file-1', 'snf-vol-1', { sizeBytes: MIB });
    expect(disk).toMatchObject({
      sizeBytes: MIB,
      blockSizeBytes: BLOCK,
      parentUuid: image.uuid,
      fullyHashed: true,
    });
    const volume = await store.openVolume('snf-vol-1', { mode: 'rw' });
    await volume.write(BLOCK + 5, Buffer.from('hello'), { fua: true });
    const sealed = await store.snapshot('snf-vol-1', 'snf-snap-1-1');
    expect(sealed).toMatchObject({ readOnly: true, fullyHashed: false, parentUuid: disk.uuid });
    expect(await store.snapshot('snf-vol-1', 'snf-snap-1-1')).toEqual(sealed);
    await volume.write(BLOCK + 5, Buffer.from('HELLO'));
    await volume.close();
    const expected = Buffer.concat([content, Buffer.alloc(MIB - content.length)]);
    expected.write('hello', BLOCK + 5);
    const snapshot = await store.reader('snf-snap-1-1');
    expect((await snapshot.read(0, MIB)).equals(expected)).toBe(true);
    await expect(snapshot.hashes()).rejects.toEqual(code('NotHashed'));
    await store.clone('snf-snap-1-1', 'snf-vol-2');
    const second = await store.openVolume('snf-vol-2', { mode: 'rw' });
    expect((await second.read(0, MIB)).equals(expected)).toBe(true);
    await second.close();
    const first = await store.openVolume('snf-vol-1', { mode: 'rw' });
    expect((await first.read(BLOCK + 5, 5)).toString()).toBe('HELLO');
    await first.close();
  });

  it('shows zeros behind the end of a source whose last block is longer', async () => {
    const hash = await store.blocks.put(Buffer.alloc(BLOCK, 'x'));
    await store.createFromHashes('snf-file-1', { sizeBytes: 10, blockSizeBytes: BLOCK, hashes: [hash] });
    await store.clone('snf-file-1', 'snf-vol-1', { sizeBytes: BLOCK });
    const volume = await store.openVolume('snf-vol-1', { mode: 'rw' });
    expect((await volume.read(0, 20)).toString()).toBe(`${'x'.repeat(10)}${'\0'.repeat(10)}`);
    await volume.close();
    await store.clone('snf-file-1', 'snf-vol-2');
    await store.grow('snf-vol-2', BLOCK);
    const grown = await store.openVolume('snf-vol-2', { mode: 'rw' });
    expect((await grown.read(0, 20)).toString()).toBe(`${'x'.repeat(10)}${'\0'.repeat(10)}`);
    await grown.close();
  });

  it('removes, lists, and gives names away again', async () => {
    await store.create('snf-vol-1', { sizeBytes: MIB });
    await store.create('snf-vol-2', { sizeBytes: MIB });
    await file('other-file', Buffer.from('x'));
    await expect(store.create('snf-vol-1', { sizeBytes: MIB })).rejects.toEqual(code('Exists'));
    expect(await names(store, 'snf-')).toEqual(['snf-vol-1', 'snf-vol-2']);
    await store.remove('snf-vol-1');
    await store.remove('snf-vol-1');
    await store.remove('other-file');
    expect(await names(store)).toEqual(['snf-vol-2']);
    await expect(store.info('snf-vol-1')).rejects.toEqual(code('NotFound'));
    await store.create('snf-vol-1', { sizeBytes: 2 * MIB });
    expect((await store.info('snf-vol-1')).sizeBytes).toBe(2 * MIB);
  });

  it('refuses what makes no sense', async () => {
    await store.create('snf-vol-1', { sizeBytes: MIB });
    await file('snf-file-1', Buffer.from('content'));
    await expect(store.create('a', { sizeBytes: 1 })).rejects.toEqual(code('InvalidName'));
    await expect(store.create('snf-vol-3', { sizeBytes: 0 })).rejects.toEqual(code('InvalidSize'));
    await expect(store.create('snf-vol-3', { sizeBytes: 1, blockSizeBytes: 1000 })).rejects.toEqual(
      code('InvalidSize'),
    );
    await expect(store.create('snf-vol-3', { sizeBytes: 2 ** 60 })).rejects.toEqual(code('TooLarge'));
    await expect(store.clone('snf-vol-1', 'snf-vol-3')).rejects.toEqual(code('NotReadOnly'));
    await expect(store.clone('snf-file-1', 'snf-vol-3', { sizeBytes: 3 })).rejects.toEqual(
      code('InvalidSize'),
    );
    await expect(store.reader('snf-vol-1')).rejects.toEqual(code('NotReadOnly'));
    await expect(store.openVolume('snf-file-1', { mode: 'rw' })).rejects.toEqual(code('ReadOnly'));
    await expect(store.grow('snf-vol-1', 5)).rejects.toEqual(code('InvalidSize'));
    const sealed = await store.openVolume('snf-file-1', { mode: 'ro' });
    await expect(sealed.write(0, Buffer.from('x'))).rejects.toEqual(code('ReadOnly'));
  });

  it('gives whoever comes while the last user closes a volume of its own', async () => {
    await store.create('busy-volume', { sizeBytes: MIB, blockSizeBytes: BLOCK });
    // The newcomer arrives at every moment of the closing in turn; on a real disk all but the first are one.
    for (let turns = 0; turns < (kind === 'dir:' ? 4 : 60); turns += 1) {
      const first = await store.openVolume('busy-volume', { mode: 'rw' });
      await first.write(0, Buffer.from([turns]));
      const closed = first.close();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const [second, third] = await Promise.all([
        store.openVolume('busy-volume', { mode: 'rw' }),
        store.openVolume('busy-volume', { mode: 'rw' }),
      ]);
      await closed;
      expect(await second.read(0, 1)).toEqual(Buffer.from([turns]));
      await second.close();
      await third.write(1, Buffer.from([turns]), { fua: true });
      await third.close();
      await expect(third.read(0, 1)).rejects.toEqual(code('NotFound'));
    }
  });

  it('refuses the handle of a user who has closed it, while others go on', async () => {
    await store.create('busy-volume', { sizeBytes: MIB, blockSizeBytes: BLOCK });
    const first = await store.openVolume('busy-volume', { mode: 'rw' });
    const second = await store.openVolume('busy-volume', { mode: 'rw' });
    await first.close();
    await expect(first.write(0, Buffer.from('late'))).rejects.toEqual(code('NotFound'));
    await second.write(0, Buffer.from('fine'));
    await second.close();
  });

  it('shares an open volume in this process and refuses others', async () => {
    await store.create('snf-vol-1', { sizeBytes: MIB });
    const [one, two] = await Promise.all([1, 2].map(() => store.openVolume('snf-vol-1', { mode: 'rw' })));
    await one?.write(0, Buffer.from('x'));
    await one?.close();
    await one?.close();
    expect((await two?.read(0, 1))?.toString()).toBe('x');
    await expect(store.remove('snf-vol-1')).rejects.toEqual(code('Busy'));
    await two?.close();
    await store.remove('snf-vol-1');
  });
});
