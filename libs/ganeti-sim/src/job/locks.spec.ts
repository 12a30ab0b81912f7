import { Locks } from './locks.js';

describe('locks', () => {
  it('are given in the order of asking, and apart from each other', async () => {
    const locks = new Locks();
    const order: string[] = [];
    const first = await locks.acquire(['a', 'b']);
    const second = locks.acquire(['b']).then((release) => {
      order.push('second');
      release();
    });
    const third = locks.acquire(['a', 'b']).then((release) => {
      order.push('third');
      release();
    });
    const other = await locks.acquire(['c']);
    other();
    expect(order).toEqual([]);
    first();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
    (await locks.acquire(['a', 'b', 'c']))();
  });
});
