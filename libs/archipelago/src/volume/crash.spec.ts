import { Archipelago } from '../archipelago.js';
import type { Volume } from '../block-device.js';
import { CrashStore, CrashingMachine, choices } from '../driver/testing/crash-store.js';
import { NotFound } from '../errors.js';

// The machine or the process stops before each change of the store in turn, over the life of a volume.
const BLOCK = 256;
const BYTES = 5 * BLOCK + 40;
type Way = 'kill' | 'power cut';

interface World {
  readonly maps: CrashStore;
  readonly blocks: CrashStore;
}

function start(world: World, boot: string, pid: number): Archipelago {
  const identity = { pid, startTime: '1', bootId: boot };
  const isAlive = (owner: { pid: number }): boolean => owner.pid === pid;
  return Archipelago.over(world, { node: 'node1' }, { process: identity, isAlive });
}

/** What may be read after the stop, given what was answered before it. */
class Expectation {
  current = Buffer.alloc(BYTES);
  /** Per byte the values that are allowed. */
  allowed: Set<number>[] = [];
  readonly answered = new Set<string>();
  readonly sealed = new Map<string, Buffer>();

  constructor(private readonly way: Way) {
    this.settle();
  }

  settle(): void {
    this.allowed = [...this.current].map((byte) => new Set([byte]));
  }

  async change(data: Buffer, offset: number, act: () => Promise<void>): Promise<void> {
    data.forEach((byte, i) => this.allowed[offset + i]?.add(byte));
    await act();
    data.copy(this.current, offset);
    if (this.way === 'kill') data.forEach((byte, i) => (this.allowed[offset + i] = new Set([byte])));
  }

  async step(name: string, act: () => Promise<unknown>): Promise<void> {
    await act();
    this.answered.add(name);
  }
}

async function makeBase(world: World): Promise<void> {
  const archipelago = start(world, 'boot 0', 1);
  const content = Buffer.alloc(BYTES).fill('base image', BLOCK, 4 * BLOCK);
  const hashes: Buffer[] = [];
  for (let at = 0; at < BYTES; at += BLOCK)
    hashes.push(await archipelago.blocks.put(content.subarray(at, at + BLOCK)));
  await archipelago.createFromHashes('crash-base', { sizeBytes: BYTES, blockSizeBytes: BLOCK, hashes });
  await archipelago.close();
}

async function life(archipelago: Archipelago, expected: Expectation): Promise<void> {
  await expected.step('clone', () => archipelago.clone('crash-base', 'crash-vol'));
  Buffer.alloc(BYTES)
    .fill('base image', BLOCK, 4 * BLOCK)
    .copy(expected.current);
  expected.settle();
  const volume = await archipelago.openVolume('crash-vol', { mode: 'rw' });
  const write = (offset: number, length: number, fill: string): Promise<void> => {
    const data = Buffer.alloc(length, fill);
    return expected.change(data, offset, () => volume.write(offset, data));
  };
  const flush = async (): Promise<void> => {
    await volume.flush();
    expected.settle();
  };
  const snapshot = async (name: string): Promise<void> => {
    expected.sealed.set(name, Buffer.from(expected.current));
    await expected.step(name, () => volume.snapshot(name));
    expected.settle();
  };
  await write(BLOCK + 10, 20, 'A');
  await write(5, 30, 'B');
  await flush();
  await write(BLOCK + 15, BLOCK, 'C');
  await snapshot('crash-snap-1');
  await write(BLOCK + 20, 10, 'D');
  await write(4 * BLOCK + 1, BLOCK + 30, 'E');
  await expected.change(Buffer.alloc(BLOCK), 3 * BLOCK, () => volume.trim(3 * BLOCK, BLOCK));
  await flush();
  await write(3 * BLOCK + 7, 8, 'F');
  await expected.change(Buffer.alloc(BLOCK), 0, () => volume.writeZeroes(0, BLOCK));
  await snapshot('crash-snap-2');
  await write(0, BLOCK, 'G');
  await volume.close();
  expected.settle();
  await expected.step('remove', () => archipelago.remove('crash-snap-1'));
}

async function readAll(volume: Volume): Promise<Buffer> {
  return volume.read(0, volume.sizeBytes);
}

async function checkSnapshots(archipelago: Archipelago, expected: Expectation): Promise<void> {
  for (const [name, content] of expected.sealed) {
    const found = await archipelago.find(name);
    const isRemoved = name === 'crash-snap-1' && expected.answered.has('remove');
    if (isRemoved) expect(found).toBeNull();
    // The removal runs last: its outcome is open until it is answered.
    else if (expected.answered.has(name) && name !== 'crash-snap-1') expect(found).not.toBeNull();
    if (found === null) continue;
    const reader = await archipelago.reader(name);
    expect((await reader.read(0, BYTES)).toString()).toBe(content.toString());
  }
}

async function present(archipelago: Archipelago, expected: Expectation): Promise<number> {
  const found = await Promise.all([...expected.sealed.keys()].map((name) => archipelago.find(name)));
  return found.filter((info) => info !== null).length;
}

/** Checks everything and uses the volume; the number of snapshots that opening it has completed. */
async function check(archipelago: Archipelago, expected: Expectation): Promise<number> {
  const info = await archipelago.find('crash-vol');
  if (info === null) {
    expect(expected.answered.has('clone')).toBe(false);
    await archipelago.clone('crash-base', 'crash-vol');
    return 0;
  }
  const before = await present(archipelago, expected);
  const volume = await archipelago.openVolume('crash-vol', { mode: 'rw' });
  const content = await readAll(volume);
  if (expected.answered.has('clone')) {
    content.forEach((byte, at) => {
      if (!expected.allowed[at]?.has(byte)) throw new Error(`byte ${at} is ${byte}, not ${[...(expected.allowed[at] ?? [])].join()}`); // prettier-ignore
    });
  }
  await checkSnapshots(archipelago, expected);
  const completed = (await present(archipelago, expected)) - before;
  // A part of a block that may have an object without a record: what was lost must not come back with it.
  await volume.write(4 * BLOCK, Buffer.from('x'));
  content.write('x', 4 * BLOCK);
  expect((await readAll(volume)).toString()).toBe(content.toString());
  const later = Buffer.alloc(BYTES, 'later');
  await volume.write(0, later.subarray(0, 2 * BLOCK + 9), { fua: true });
  later.copy(content, 0, 0, 2 * BLOCK + 9);
  await volume.snapshot('crash-snap-3');
  await volume.write(0, later);
  await volume.close();
  await checkSnapshots(archipelago, expected);
  const third = await archipelago.reader('crash-snap-3');
  expect((await third.read(0, BYTES)).toString()).toBe(content.toString());
  const again = await archipelago.openVolume('crash-vol', { mode: 'rw' });
  expect((await readAll(again)).toString()).toBe(later.toString());
  await again.close();
  return completed;
}

async function after(world: World, way: Way, random: () => number): Promise<World> {
  const machine = new CrashingMachine();
  if (way === 'kill') return { maps: world.maps.afterKill(machine), blocks: world.blocks.afterKill(machine) };
  return {
    maps: await world.maps.afterPowerCut(machine, random),
    blocks: await world.blocks.afterPowerCut(machine, random),
  };
}

interface Run {
  /** False when the life ended before the stop. */
  readonly hasStopped: boolean;
  readonly completed: number;
}

async function runOnce(stopBefore: number, way: Way, seed: number): Promise<Run> {
  const calm = new CrashingMachine();
  const prepared = { maps: new CrashStore(calm), blocks: new CrashStore(calm) };
  await makeBase(prepared);
  const machine = new CrashingMachine(stopBefore);
  const world = { maps: prepared.maps.afterKill(machine), blocks: prepared.blocks.afterKill(machine) };
  const expected = new Expectation(way);
  await life(start(world, 'boot 1', 2), expected).catch((error: unknown) => {
    if (!machine.isOff) throw error;
  });
  const left = await after(world, way, choices(seed));
  const completed = await check(start(left, way === 'kill' ? 'boot 1' : 'boot 2', 3), expected);
  return { hasStopped: machine.isOff, completed };
}

/** The recovery itself is stopped, too, and the next one must do. */
async function runTwice(stopBefore: number, secondStop: number, seed: number): Promise<boolean> {
  const calm = new CrashingMachine();
  const prepared = { maps: new CrashStore(calm), blocks: new CrashStore(calm) };
  await makeBase(prepared);
  const machine = new CrashingMachine(stopBefore);
  const world = { maps: prepared.maps.afterKill(machine), blocks: prepared.blocks.afterKill(machine) };
  const expected = new Expectation('power cut');
  await life(start(world, 'boot 1', 2), expected).catch(() => undefined);
  const second = new CrashingMachine(secondStop);
  const random = choices(seed);
  const middle = {
    maps: await world.maps.afterPowerCut(second, random),
    blocks: await world.blocks.afterPowerCut(second, random),
  };
  try {
    await start(middle, 'boot 2', 3).openVolume('crash-vol', { mode: 'rw' });
  } catch (error) {
    if (!second.isOff && !(error instanceof NotFound)) throw error;
  }
  const last = await after(middle, 'power cut', random);
  await check(start(last, 'boot 3', 4), expected);
  return machine.isOff;
}

async function runAll(way: Way, seed: number): Promise<{ stops: number; completed: number }> {
  let completed = 0;
  for (let stop = 1; ; stop += 1) {
    const run = await runOnce(stop, way, seed + stop);
    completed += run.completed;
    if (!run.hasStopped) return { stops: stop, completed };
  }
}

jest.setTimeout(120_000);

it('SIGKILL before every change loses nothing that was answered', async () => {
  const { stops, completed } = await runAll('kill', 0);
  expect(stops).toBeGreaterThan(60);
  // Sealed, and stopped before the snapshot had its name.
  expect(completed).toBeGreaterThan(0);
});

it.each([1000, 2000])('a power cut before every change loses nothing that was flushed (%i)', async (seed) => {
  const { stops, completed } = await runAll('power cut', seed);
  expect(stops).toBeGreaterThan(60);
  expect(completed).toBeGreaterThan(0);
});

it('a power cut in the middle of recovery', async () => {
  for (let secondStop = 1; secondStop < 8; secondStop += 2) {
    let stop = secondStop;
    while (await runTwice(stop, secondStop, secondStop * 1000 + stop)) stop += 6;
  }
});

it('a flush covers what a killed process had answered, whatever it overwrote', async () => {
  const calm = new CrashingMachine();
  const world = { maps: new CrashStore(calm), blocks: new CrashStore(calm) };
  const first = start(world, 'boot 1', 1);
  await first.create('crash-vol', { sizeBytes: BYTES, blockSizeBytes: BLOCK });
  const before = await first.openVolume('crash-vol', { mode: 'rw' });
  await before.write(0, Buffer.alloc(BYTES, 'before'));
  await before.close();
  const killed = await first.openVolume('crash-vol', { mode: 'rw' });
  await killed.write(BLOCK, Buffer.from('overwritten'));
  const second = start(world, 'boot 1', 2);
  await (await second.openVolume('crash-vol', { mode: 'rw' })).flush();
  // The power cut leaves nothing but what was synced.
  const left = await after(world, 'power cut', () => 0);
  const volume = await start(left, 'boot 2', 3).openVolume('crash-vol', { mode: 'rw' });
  expect((await volume.read(BLOCK, 11)).toString()).toBe('overwritten');
});
