import { KeyedMutex } from './keyed-mutex.js';

describe('KeyedMutex', () => {
  it('runs calls of one key in order, also after one that failed, and other keys beside them', async () => {
    const mutex = new KeyedMutex();
    const events: string[] = [];
    let release: () => void = () => undefined;
    const first = mutex.run('a', async () => {
      events.push('a1 begins');
      await new Promise<void>((resolve) => (release = resolve));
      events.push('a1 fails');
      throw new Error('a1');
    });
    const second = mutex.run('a', async () => events.push('a2'));
    await mutex.run('b', async () => events.push('b'));
    release();
    await expect(first).rejects.toThrow('a1');
    await second;
    expect(events).toEqual(['a1 begins', 'b', 'a1 fails', 'a2']);
  });
});
