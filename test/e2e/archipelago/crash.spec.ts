import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { poll } from '@synnefo/runtime';
import { Command, CommandFlag } from '../../../libs/archipelago/src/nbd/protocol.js';
import { NbdClient } from '../../../libs/archipelago/src/nbd/testing/nbd-client.js';
import { Node, run } from './support.js';

const MIB = 1024 * 1024;
const SECTOR = 512;
const LANES = 16;
const LANE_BYTES = 3 * MIB + 12_288;
const SIZE_MIB = 64;

/** The same numbers in every run, so that a failure can be repeated. */
class Random {
  constructor(private seed: number) {}
  below(limit: number): number {
    this.seed = (this.seed * 48271) % 2147483647;
    return this.seed % limit;
  }
  bytes(length: number): Buffer {
    const data = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i += 1) data[i] = this.below(256);
    return data;
  }
}

/** A region that one writer owns: what was answered, and the one change that was not. */
class Lane {
  readonly model: Buffer;
  private pending: { offset: number; data: Buffer } | null = null;
  answered = 0;

  constructor(
    readonly from: number,
    initial: Buffer,
    private readonly random: Random,
  ) {
    this.model = Buffer.from(initial);
  }

  async step(client: NbdClient): Promise<void> {
    const kind = this.random.below(12);
    const length = kind < 8 ? 1 + this.random.below(20_000) : 1 + this.random.below(1_200_000);
    const offset = this.random.below(LANE_BYTES - length);
    const isZero = kind === 7;
    const data = isZero ? Buffer.alloc(length) : this.random.bytes(Math.min(length, 4096));
    const payload = isZero ? data : Buffer.alloc(length, data);
    this.pending = { offset, data: payload };
    const flags = kind === 3 ? CommandFlag.fua : 0;
    if (isZero)
      await client.must({ command: Command.writeZeroes, offset: this.from + offset, length, flags });
    else await client.write(this.from + offset, payload, flags);
    payload.copy(this.model, offset);
    this.pending = null;
    this.answered += 1;
    if (kind === 5) await client.flush();
  }

  /** Every answered byte is there; a sector of the change under way is old or new. What was found is the model from now on. */
  check(found: Buffer): void {
    const { pending } = this;
    const after = Buffer.from(this.model);
    pending?.data.copy(after, pending.offset);
    for (let at = 0; at < LANE_BYTES; at += SECTOR) {
      const sector = found.subarray(at, at + SECTOR);
      if (
        sector.equals(this.model.subarray(at, at + SECTOR)) ||
        sector.equals(after.subarray(at, at + SECTOR))
      )
        continue;
      throw new Error(`sector at ${this.from + at} is neither what was answered nor what was under way`);
    }
    found.copy(this.model);
    this.pending = null;
  }
}

describe('kill -9 of archipelagod', () => {
  let node: Node;
  beforeAll(async () => {
    node = await Node.start();
  });
  afterAll(() => node.remove());

  it.each([
    ['an empty volume', false],
    ['a clone of a filled image', true],
  ])(
    'loses no answered write of %s',
    async (_what, isClone) => {
      const random = new Random(isClone ? 20_260_101 : 4711);
      const name = isClone ? 'crash-clone' : 'crash-empty';
      const image = Buffer.alloc(SIZE_MIB * MIB);
      if (isClone) {
        await node.must('create', 'crash-source', '--size', String(SIZE_MIB));
        const source = await NbdClient.connect(await node.must('export', 'crash-source'));
        for (let at = 0; at < image.length; at += 2 * MIB) {
          image.fill(random.bytes(4096), at, at + MIB);
          await source.write(at, image.subarray(at, at + MIB));
        }
        await source.close();
        await node.must('snapshot', 'crash-source', 'crash-image');
        await node.must('clone', 'crash-image', name);
      } else {
        await node.must('create', name, '--size', String(SIZE_MIB));
      }
      const socket = await node.must('export', name);
      const lanes = Array.from({ length: LANES }, (_, i) => {
        const from = i * LANE_BYTES;
        return new Lane(from, image.subarray(from, from + LANE_BYTES), new Random(1000 + i));
      });
      for (let round = 0; round < 3; round += 1) {
        const client = await NbdClient.connect(socket);
        const total = (): number => lanes.reduce((sum, lane) => sum + lane.answered, 0);
        const goal = total() + 20 + random.below(200);
        const writers = lanes.map(async (lane) => {
          for (;;) await lane.step(client);
        });
        const ended = Promise.allSettled(writers);
        if (round === 1) await node.must('snapshot', name, `${name}-snap`);
        await poll({ everyMs: 1, timeoutMs: 30_000, what: 'enough answered writes' }, async () =>
          total() >= goal ? true : undefined,
        );
        await node.kill();
        await ended;
        await node.up();
        const reader = await NbdClient.connect(socket);
        for (const lane of lanes) lane.check(await reader.read(lane.from, LANE_BYTES));
        await reader.close();
      }
      await node.must('unexport', name);
    },
    120_000,
  );

  it('keeps a snapshot that was answered, whatever is written and killed after it', async () => {
    await node.must('create', 'crash-snap', '--size', '16');
    const socket = await node.must('export', 'crash-snap');
    const client = await NbdClient.connect(socket);
    const before = Buffer.alloc(8 * MIB, 'before');
    await client.write(0, before);
    await node.must('snapshot', 'crash-snap', 'crash-sealed');
    const writes = Array.from({ length: 8 }, (_, i) =>
      client.write(i * MIB, Buffer.alloc(MIB, 'after!')).catch(() => undefined),
    );
    await writes[3];
    await node.kill();
    await Promise.all(writes);
    await node.up();
    const sealed = await NbdClient.connect(await node.must('export', 'crash-sealed'));
    expect((await sealed.read(0, 8 * MIB)).equals(before)).toBe(true);
    await sealed.close();
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    '%s is a pause only for QEMU with reconnect-delay',
    async (signal) => {
      if ((await run('qemu-img', ['--version'])).status !== 0) return;
      const name = `crash-qemu-${signal}`;
      await node.must('create', name, '--size', '64');
      const socket = await node.must('export', name);
      const image = `driver=raw,file.driver=nbd,file.server.type=unix,file.server.path=${socket},file.reconnect-delay=30`;
      const args = [
        'bench',
        '--image-opts',
        image,
        '-w',
        '-c',
        '3000',
        '-d',
        '16',
        '-s',
        '4096',
        '--pattern',
        '90',
        '--flush-interval',
        '64',
      ];
      const bench = spawn('qemu-img', args, { stdio: 'ignore' });
      const ended = once(bench, 'exit');
      const connections = async (): Promise<number> =>
        (JSON.parse(await node.must('--json', 'info', name)) as { attached: { connections: number } })
          .attached.connections;
      await poll({ everyMs: 5, timeoutMs: 10_000, what: 'qemu-img to connect' }, async () =>
        (await connections()) > 0 ? true : undefined,
      );
      await node.kill(signal);
      await node.up();
      expect(await ended).toEqual([0, null]);
      const client = await NbdClient.connect(socket);
      expect((await client.read(0, 3000 * 4096)).equals(Buffer.alloc(3000 * 4096, 90))).toBe(true);
      await client.close();
    },
    60_000,
  );
});
