import { Archipelago } from '../archipelago.js';
import { MemoryStore } from '../driver/memory/memory-store.js';

// What turning one kind of resource into another writes: maps only, and not more for a larger one.
const MIB = 1024 * 1024;
const BLOCK = 4096;

class MeasuredStore extends MemoryStore {
  sizes(): Map<string, number> {
    return new Map([...this.objects].map(([key, { data }]) => [key, data.length]));
  }

  total(): number {
    return [...this.sizes().values()].reduce((sum, size) => sum + size, 0);
  }
}

/** Bytes by which the maps store grows on clone and on snapshot of a resource of `blocks` filled blocks. */
async function costs(blocks: number): Promise<{ register: number; clone: number; snapshot: number }> {
  const maps = new MeasuredStore();
  const data = new MeasuredStore();
  const archipelago = Archipelago.over({ maps, blocks: data }, { node: 'node1' });
  const hashes: Buffer[] = [];
  for (let i = 0; i < blocks; i += 1)
    hashes.push(await archipelago.blocks.put(Buffer.from(`block ${i % 8}`)));
  const before = data.sizes();
  const measure = async (act: () => Promise<unknown>): Promise<number> => {
    const start = maps.total();
    await act();
    return maps.total() - start;
  };
  const sizeBytes = blocks * BLOCK;
  const register = await measure(() =>
    archipelago.createFromHashes('cost-file', { sizeBytes, blockSizeBytes: BLOCK, hashes }),
  );
  const clone = await measure(() => archipelago.clone('cost-file', 'cost-volume'));
  const snapshot = await measure(() => archipelago.snapshot('cost-volume', 'cost-snapshot'));
  expect(data.sizes()).toEqual(before);
  return { register, clone, snapshot };
}

it('moves no data, and costs the same for every size', async () => {
  const small = await costs(16);
  const large = await costs(64 * 1024);
  expect(small.register).toBeLessThan(8192);
  expect(large.register).toBeGreaterThan(small.register);
  for (const cost of [small, large]) {
    expect(cost.clone).toBeLessThan(1024);
    expect(cost.snapshot).toBeLessThan(2048);
  }
  expect(large.clone).toBeLessThan(small.clone + 16);
  expect(large.snapshot).toBeLessThan(small.snapshot + 16);
});

it('an empty volume of a PiB is one head and one name', async () => {
  const maps = new MeasuredStore();
  const archipelago = Archipelago.over({ maps, blocks: new MeasuredStore() }, { node: 'node1' });
  await archipelago.create('cost-volume', { sizeBytes: 1024 * 1024 * 1024 * MIB });
  expect(maps.sizes().size).toBe(2);
  const volume = await archipelago.openVolume('cost-volume', { mode: 'rw' });
  await volume.write(1024 * 1024 * 1024 * MIB - 3, Buffer.from('end'));
  await volume.close();
  // Leaf and two levels above it, and the level below the root.
  expect([...maps.sizes().keys()].filter((key) => key.startsWith('m_'))).toHaveLength(4);
});
