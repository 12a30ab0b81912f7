import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

import { blockHash } from '@synnefo/archipelago';

import { BLOCK_SIZE_BYTES } from '../hashmap/hashmap.js';
import { storeBody } from './store-body.js';

/** Keeps what it is given; `put` waits a turn of the loop, so that puts overlap. */
function memoryBlocks() {
  const seen = { most: 0, now: 0, total: 0 };
  const blocks = {
    missing: () => Promise.resolve([]),
    get: () => Promise.reject(new Error('not used')),
    put: async (data: Buffer) => {
      seen.now += 1;
      seen.most = Math.max(seen.most, seen.now);
      const hash = blockHash(data);
      await new Promise((resolve) => setImmediate(resolve));
      seen.now -= 1;
      seen.total += data.length;
      return hash;
    },
  };
  return { blocks, seen };
}

const chunksOf = (data: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(data.length / size) }, (_, i) => data.subarray(i * size, (i + 1) * size)),
    { objectMode: false },
  );

describe('storeBody', () => {
  const data = Buffer.alloc(2 * BLOCK_SIZE_BYTES + 3, 'synnefo');

  it.each([1_000_003, 65_536, BLOCK_SIZE_BYTES, data.length])(
    'cuts chunks of %d bytes into blocks',
    async (size) => {
      const { blocks, seen } = memoryBlocks();
      const stored = await storeBody(chunksOf(data, size), data.length, blocks);
      expect(stored.sizeBytes).toBe(data.length);
      expect(stored.checksum).toBe(createHash('md5').update(data).digest('hex'));
      expect(stored.hashes).toEqual([
        blockHash(data.subarray(0, BLOCK_SIZE_BYTES)),
        blockHash(data.subarray(BLOCK_SIZE_BYTES, 2 * BLOCK_SIZE_BYTES)),
        blockHash(data.subarray(2 * BLOCK_SIZE_BYTES)),
      ]);
      expect(seen.most).toBeLessThanOrEqual(2);
    },
  );

  it('refuses a body that is shorter than declared', async () => {
    const { blocks } = memoryBlocks();
    await expect(storeBody(chunksOf(data, 65_536), data.length + 1, blocks)).rejects.toThrow('shorter');
  });

  it('passes on what the store throws', async () => {
    const { blocks } = memoryBlocks();
    const broken = { ...blocks, put: () => Promise.reject(new Error('no space')) };
    await expect(storeBody(chunksOf(data, 65_536), null, broken)).rejects.toThrow('no space');
  });

  it('stores nothing for the empty body', async () => {
    const { blocks, seen } = memoryBlocks();
    const stored = await storeBody(Readable.from([]), 0, blocks);
    expect(stored).toMatchObject({ sizeBytes: 0, hashes: [], checksum: createHash('md5').digest('hex') });
    expect(seen.total).toBe(0);
  });
});
