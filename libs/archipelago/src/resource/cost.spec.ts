import { Archipelago } from '../archipelago.js';
import { MemoryStore } from '../driver/memory/memory-store.js';
import { blockHash } from '../format/hash.js';

// What turning one kind of resource into another writes: maps only, and not more for a larger one.
const MIB = 1024 * 1024;
const BLOCK = 4096;

class MeasuredStore extends MemoryStore {
  /** Calls in order, with the kind of object each is about. */
  readonly calls: string[] = [];

  /** The same store, which notes what it is called for. */
  noting(): this {
    return new Proxy(this, {
      get: (store, name: keyof MemoryStore) => {
        const member: unknown = store[name];
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          this.calls.push(`${name} ${String(args[0]).slice(0, 2)}`);
          return Reflect.apply(member, store, args);
        };
      },
    });
  }

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

/** What the store is asked for by a clone, by a snapshot of the closed clone, and by one of the open and changed clone. */
async function steps(sizeBlocks: number, filledBlocks: number): Promise<Record<string, string[]>> {
  const maps = new MeasuredStore();
  const stores = { maps: maps.noting(), blocks: new MeasuredStore() };
  const first = Archipelago.over(stores, { node: 'node1' });
  const zero = blockHash(Buffer.alloc(0));
  const hashes = Array.from({ length: sizeBlocks }, () => zero);
  for (let i = 0; i < filledBlocks; i += 1) hashes[i] = await first.blocks.put(Buffer.from(`block ${i % 8}`));
  await first.createFromHashes('cost-file', {
    sizeBytes: sizeBlocks * BLOCK,
    blockSizeBytes: BLOCK,
    hashes,
  });
  const taken = async (act: () => Promise<unknown>): Promise<string[]> => {
    maps.calls.length = 0;
    await act();
    return [...maps.calls];
  };
  // Another user of the store: no page is in its cache.
  const archipelago = Archipelago.over(stores, { node: 'node1' });
  const clone = await taken(() => archipelago.clone('cost-file', 'cost-volume'));
  const snapshot = await taken(() => archipelago.snapshot('cost-volume', 'cost-snapshot'));
  const volume = await archipelago.openVolume('cost-volume', { mode: 'rw' });
  await volume.write(0, Buffer.from('changed'), { fua: true });
  const live = await taken(() => volume.snapshot('cost-snapshot-live'));
  await volume.close();
  return { clone, snapshot, live };
}

it('asks the store for the same steps at every size, and for no page', async () => {
  const small = await steps(16, 16);
  const sparse = await steps(16 * 1024, 0);
  const filled = await steps(16 * 1024, 4 * 1024);
  for (const what of ['clone', 'snapshot']) {
    expect(small[what]?.length).toBeGreaterThan(5);
    expect(sparse[what]).toEqual(small[what]);
    expect(filled[what]).toEqual(small[what]);
    expect(small[what]?.filter((call) => call.endsWith('m_'))).toEqual([]);
  }
  // One changed leaf, and the one level above it that only the large ones have; none is read.
  const pages = (calls: readonly string[] = []): string[] => calls.filter((call) => call.endsWith('m_'));
  expect(pages(small.live)).toEqual(['put m_']);
  for (const large of [sparse, filled]) expect(pages(large.live)).toEqual(['put m_', 'put m_']);
  expect(filled.live?.filter((call) => !call.endsWith('m_'))).toEqual(
    small.live?.filter((call) => !call.endsWith('m_')),
  );
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
