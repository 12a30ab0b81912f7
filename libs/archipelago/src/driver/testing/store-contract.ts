import type { Store } from '../store.js';
import { listAll, tagOf } from '../store.js';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });
const text = async (store: Store, key: string): Promise<string> => (await store.get(key)).data.toString();

async function collect(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of listAll(store, prefix)) keys.push(key);
  return keys;
}

function wholeObjects(current: () => Store): void {
  it('puts, gets, replaces', async () => {
    const store = current();
    await store.put('a', Buffer.from('one'));
    await store.put('a', Buffer.from('three'), { durable: true });
    expect(await text(store, 'a')).toBe('three');
    expect(await store.get('a', { offset: 1, length: 3 })).toEqual({
      data: Buffer.from('hre'),
      totalBytes: 5,
    });
    expect(await store.get('a', { offset: 3, length: 10 })).toEqual({
      data: Buffer.from('ee'),
      totalBytes: 5,
    });
    expect((await store.get('a', { offset: 9, length: 1 })).data.length).toBe(0);
    expect((await store.stat('a')).lengthBytes).toBe(5);
  });

  it('says NotFound', async () => {
    const store = current();
    await expect(store.get('none')).rejects.toEqual(code('NotFound'));
    await expect(store.getInto('none', 0, Buffer.alloc(1))).rejects.toEqual(code('NotFound'));
    await expect(store.stat('none')).rejects.toEqual(code('NotFound'));
    await expect(store.truncate('none', 0)).rejects.toEqual(code('NotFound'));
    await expect(store.copy('none', 'b')).rejects.toEqual(code('NotFound'));
    await expect(store.get('b')).rejects.toEqual(code('NotFound'));
  });

  it.each(['', 'a/b', '..', 'a b', 'ü', 'a'.repeat(201)])('refuses the key %j', async (key) => {
    await expect(current().put(key, Buffer.from('x'))).rejects.toEqual(code('InvalidName'));
    await expect(current().get(key)).rejects.toEqual(code('InvalidName'));
  });

  it('lets one of many create', async () => {
    const store = current();
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        store.put('only', Buffer.from(`${i}`), { ifAbsent: true, durable: true }),
      ),
    );
    const winners = tries.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
    expect(winners).toHaveLength(1);
    expect(await text(store, 'only')).toBe(`${winners[0]}`);
    await expect(store.put('only', Buffer.from('x'), { ifAbsent: true })).rejects.toEqual(code('Exists'));
  });

  it('replaces what matches, once', async () => {
    const store = current();
    const zero = Buffer.from('0');
    await expect(store.put('cas', zero, { ifMatch: tagOf(zero) })).rejects.toEqual(code('Conflict'));
    await store.put('cas', zero);
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        store.put('cas', Buffer.from(`new ${i}`), { ifMatch: tagOf(zero) }),
      ),
    );
    expect(tries.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    await expect(store.put('cas', zero, { ifMatch: tagOf(zero) })).rejects.toEqual(code('Conflict'));
  });

  it('copies and deletes', async () => {
    const store = current();
    await store.put('from', Buffer.from('data'));
    await store.writeAt('to', 0, Buffer.from('longer than that'));
    await store.copy('from', 'to');
    expect(await text(store, 'to')).toBe('data');
    await store.writeAt('to', 0, Buffer.from('DA'));
    expect([await text(store, 'from'), await text(store, 'to')]).toEqual(['data', 'DAta']);
    await store.delete('from');
    await store.delete('from');
    await store.sync(['from', 'to', 'never-there']);
    await expect(store.get('from')).rejects.toEqual(code('NotFound'));
  });
}

function parts(current: () => Store): void {
  it('writes parts and fills gaps with zeros', async () => {
    const store = current();
    await store.writeAt('p', 4, Buffer.from('ef'));
    await store.writeAt('p', 1, Buffer.from('b'));
    expect(await text(store, 'p')).toBe('\0b\0\0ef');
    const target = Buffer.alloc(4, 'x');
    expect(await store.getInto('p', 3, target)).toBe(3);
    expect(target.toString()).toBe('\0efx');
    expect(await store.getInto('p', 6, target)).toBe(0);
    await store.truncate('p', 2);
    await store.truncate('p', 3);
    expect(await text(store, 'p')).toBe('\0b\0');
    await store.sync(['p']);
  });

  it('moves large parts', async () => {
    const store = current();
    const data = Buffer.alloc(3_000_000, 'pattern');
    await store.writeAt('large', 5, data);
    const back = Buffer.alloc(data.length + 5);
    expect(await store.getInto('large', 0, back)).toBe(back.length);
    expect(back.subarray(5).equals(data)).toBe(true);
  });

  it('appends at the expected length only', async () => {
    const store = current();
    await store.append('log', Buffer.from('ab'), { expectedLength: 0 });
    await store.append('log', Buffer.from('c'), { expectedLength: 2 });
    await expect(store.append('log', Buffer.from('d'), { expectedLength: 2 })).rejects.toEqual(
      code('Conflict'),
    );
    expect(await text(store, 'log')).toBe('abc');
    await store.sync(['log']);
  });

  it('lists in byte order, page by page', async () => {
    const store = current();
    const keys = ['x-1', 'x-10', 'x-2', 'x_a', 'X-0', 'x.b', 'y-1'];
    for (const key of keys) await store.put(key, Buffer.from(key));
    expect(await collect(store, 'x')).toEqual(['x-1', 'x-10', 'x-2', 'x.b', 'x_a']);
    const first = await store.list('x', { limit: 2 });
    expect(first.keys).toEqual(['x-1', 'x-10']);
    expect((await store.list('x', { limit: 10, cursor: first.cursor ?? '' })).keys).toEqual([
      'x-2',
      'x.b',
      'x_a',
    ]);
  });

  it('keeps many objects in use', async () => {
    const store = current();
    const keys = Array.from({ length: 600 }, (_, i) => `many-${i}`);
    await Promise.all(keys.map((key) => store.writeAt(key, 0, Buffer.from(key))));
    const targets = await Promise.all(
      keys.map(async (key) => {
        const target = Buffer.alloc(key.length);
        await store.getInto(key, 0, target);
        return target.toString();
      }),
    );
    expect(targets).toEqual(keys);
  });
}

/** The suite every driver passes. `make` gives an empty store. */
export function describeStoreContract(make: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await make();
  });
  afterEach(() => store.close());
  describe('whole objects', () => wholeObjects(() => store));
  describe('parts and lists', () => parts(() => store));
}
