import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MemoryStore } from '../driver/memory/memory-store.js';
import { Leases } from './lease.js';
import { currentProcess, isProcessAlive, processStartTime } from './process-identity.js';

const busy = (control?: string): unknown => expect.objectContaining({ code: 'Busy', control });

function machine(pid: number, alive: (pid: number) => boolean, bootId = 'boot') {
  const isAlive = (owner: { pid: number; bootId: string }): boolean =>
    owner.bootId === bootId && alive(owner.pid);
  return { process: { pid, startTime: '1', bootId }, isAlive };
}

describe('leases', () => {
  const store = (): MemoryStore => new MemoryStore();

  it('are held by one, told to the others, and free after release, with growing generations', async () => {
    const maps = store();
    const one = new Leases(
      maps,
      { node: 'a', control: 'unix:/one' },
      machine(1, () => true),
    );
    const two = new Leases(
      maps,
      { node: 'a' },
      machine(2, () => true),
    );
    const held = await one.acquire('u', 4);
    expect(held.generation).toBe(5);
    await expect(two.acquire('u', 0)).rejects.toEqual(busy('unix:/one'));
    await expect(one.acquire('u', 0)).rejects.toEqual(busy('unix:/one'));
    expect(await two.holder('u')).toMatchObject({ pid: 1, control: 'unix:/one' });
    await held.release();
    expect(await two.holder('u')).toBeNull();
    expect((await two.acquire('u', 0)).generation).toBe(6);
  });

  it('are won by one of many', async () => {
    const maps = store();
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        new Leases(
          maps,
          { node: 'a' },
          machine(i, () => true),
        ).acquire('u', 0),
      ),
    );
    expect(tries.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  it('of a dead process are free on its node at once, and held for other nodes', async () => {
    const maps = store();
    await new Leases(
      maps,
      { node: 'a' },
      machine(1, () => true),
    ).acquire('u', 0);
    const elsewhere = new Leases(
      maps,
      { node: 'b' },
      machine(2, () => false),
    );
    await expect(elsewhere.acquire('u', 0)).rejects.toEqual(busy());
    const here = new Leases(
      maps,
      { node: 'a' },
      machine(2, (pid) => pid === 2),
    );
    expect((await here.acquire('u', 0)).generation).toBe(2);
  });

  it('of another boot are free on the node', async () => {
    const maps = store();
    await new Leases(
      maps,
      { node: 'a' },
      machine(1, () => true, 'boot 1'),
    ).acquire('u', 0);
    const later = new Leases(
      maps,
      { node: 'a' },
      machine(1, () => true, 'boot 2'),
    );
    expect((await later.acquire('u', 0)).generation).toBe(2);
  });

  it('torn to pieces are free above the generation of the head', async () => {
    const maps = store();
    await maps.put('l_u', Buffer.from('{"genera'));
    expect(
      (
        await new Leases(
          maps,
          { node: 'a' },
          machine(1, () => true),
        ).acquire('u', 7)
      ).generation,
    ).toBe(8);
  });
});

it('a process is known by pid, start time and boot', async () => {
  const me = currentProcess();
  expect(isProcessAlive(me)).toBe(true);
  expect(isProcessAlive({ ...me, startTime: '0' })).toBe(false);
  expect(isProcessAlive({ ...me, bootId: 'another' })).toBe(false);
  const child = spawn('sleep', ['60']);
  const pid = child.pid ?? 0;
  const identity = { pid, startTime: processStartTime(pid) ?? '', bootId: me.bootId };
  expect(isProcessAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isProcessAlive(identity)).toBe(false);
});
