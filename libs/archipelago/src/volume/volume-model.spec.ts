import fc from 'fast-check';
import { Archipelago } from '../archipelago.js';
import type { Volume } from '../block-device.js';

// A volume behaves as a plain buffer does, whatever the order of writes, trims, snapshots, reopens.
const BLOCK = 512;
const BLOCKS = 5;
const BASE_BYTES = BLOCK * BLOCKS - 100;

const range = fc
  .tuple(fc.nat(BASE_BYTES), fc.nat(BLOCK * 3))
  .map(([offset, length]) => ({ offset, length: Math.min(length, BASE_BYTES - offset) }));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), range, fill: fc.integer({ min: 1, max: 255 }), fua: fc.boolean() }) }, // prettier-ignore
  { weight: 2, arbitrary: fc.record({ do: fc.constant('zero' as const), range, noHole: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('trim' as const), range }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('grow' as const), by: fc.nat(BLOCK * 2) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Model {
  readonly snapshots: { name: string; content: Buffer }[] = [];

  constructor(
    private readonly archipelago: Archipelago,
    private volume: Volume,
    private content: Buffer,
  ) {}

  async run(action: Step): Promise<void> {
    switch (action.do) {
      case 'write': {
        const { offset, length } = action.range;
        const data = Buffer.alloc(length, action.fill);
        await this.volume.write(offset, data, { fua: action.fua });
        data.copy(this.content, offset);
        return;
      }
      case 'zero':
        await this.volume.writeZeroes(action.range.offset, action.range.length, { noHole: action.noHole });
        this.content.fill(0, action.range.offset, action.range.offset + action.range.length);
        return;
      case 'trim':
        return this.trim(action.range.offset, action.range.length);
      case 'flush':
        return this.volume.flush();
      case 'reopen':
        await this.volume.close();
        this.volume = await this.archipelago.openVolume('model-volume', { mode: 'rw' });
        return;
      case 'snapshot': {
        const name = `model-snap-${this.snapshots.length}`;
        await this.volume.snapshot(name);
        this.snapshots.push({ name, content: Buffer.from(this.content) });
        return;
      }
      case 'grow': {
        await this.volume.grow(this.content.length + action.by);
        this.content = Buffer.concat([this.content, Buffer.alloc(action.by)]);
      }
    }
  }

  async check(): Promise<void> {
    expect((await this.volume.read(0, this.volume.sizeBytes)).equals(this.content)).toBe(true);
    const extents = await this.volume.extents(0, this.content.length);
    let at = 0;
    for (const { length, state } of extents) {
      const part = this.content.subarray(at, at + length);
      if (state === 'zero') expect(part.equals(Buffer.alloc(length))).toBe(true);
      at += length;
    }
    expect(at).toBe(this.content.length);
    for (const { name, content } of this.snapshots) {
      const reader = await this.archipelago.reader(name);
      expect((await reader.read(0, content.length)).equals(content)).toBe(true);
    }
  }

  /** Whole blocks read as zeros afterwards, the rest as before or as zeros. */
  private async trim(offset: number, length: number): Promise<void> {
    await this.volume.trim(offset, length);
    const after = await this.volume.read(0, this.content.length);
    for (let at = 0; at < after.length; at += 1) {
      const isInside = at >= offset && at < offset + length;
      const isUnchanged = after[at] === this.content[at];
      if (!isUnchanged && !(isInside && after[at] === 0)) throw new Error(`byte ${at} after a trim`);
    }
    const first = Math.ceil(offset / BLOCK) * BLOCK;
    const last = Math.floor((offset + length) / BLOCK) * BLOCK;
    if (last > first) expect(after.subarray(first, last).equals(Buffer.alloc(last - first))).toBe(true);
    this.content = after;
  }
}

async function start(): Promise<{ archipelago: Archipelago; model: Model }> {
  const archipelago = await Archipelago.open({ store: 'memory:', node: 'node1' });
  const content = Buffer.alloc(BASE_BYTES);
  content.fill('image', BLOCK, 3 * BLOCK);
  const hashes: Buffer[] = [];
  for (let at = 0; at < BASE_BYTES; at += BLOCK) {
    hashes.push(await archipelago.blocks.put(content.subarray(at, at + BLOCK)));
  }
  await archipelago.createFromHashes('model-base', { sizeBytes: BASE_BYTES, blockSizeBytes: BLOCK, hashes });
  await archipelago.clone('model-base', 'model-volume');
  const volume = await archipelago.openVolume('model-volume', { mode: 'rw' });
  return { archipelago, model: new Model(archipelago, volume, content) };
}

it('one step after another', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { archipelago, model } = await start();
      for (const action of steps) await model.run(action);
      await model.check();
      await model.run({ do: 'reopen' });
      await model.check();
      await archipelago.close();
    }),
    { numRuns: 60 },
  );
});

it('many writes and snapshots at once: each byte has one of its writers, snapshots stay what they are', async () => {
  const { archipelago, model } = await start();
  await archipelago.create('busy-volume', { sizeBytes: 64 * BLOCK, blockSizeBytes: BLOCK });
  const volume = await archipelago.openVolume('busy-volume', { mode: 'rw' });
  const jobs: Promise<unknown>[] = [];
  for (let round = 1; round <= 20; round += 1) {
    for (let i = 0; i < 64; i += 1) {
      jobs.push(volume.write(i * BLOCK + (round % 4) * 128, Buffer.alloc(128, round)));
    }
    if (round % 5 === 0) jobs.push(volume.snapshot(`busy-snap-${round}`), volume.flush());
  }
  await Promise.all(jobs);
  const content = await volume.read(0, 64 * BLOCK);
  for (let at = 0; at < content.length; at += 1) {
    expect((content[at] ?? 0) % 4).toBe(Math.floor((at % BLOCK) / 128));
  }
  const sealed = await Promise.all(
    [5, 10, 15, 20].map(async (round) => {
      const reader = await archipelago.reader(`busy-snap-${round}`);
      return { reader, before: await reader.read(0, 64 * BLOCK) };
    }),
  );
  await volume.write(0, Buffer.alloc(64 * BLOCK, 0xff));
  for (const { reader, before } of sealed) {
    expect((await reader.read(0, 64 * BLOCK)).equals(before)).toBe(true);
  }
  await model.run({ do: 'flush' });
  await archipelago.close();
});
