import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NoSpace, ReadOnly } from '../errors.js';
import { ChunkType, Command, CommandFlag, NbdError, Option, OptionError, OptionReply } from './protocol.js';
import { NbdServer, type NbdServerOptions } from './server.js';
import { MemoryDevice } from './testing/memory-device.js';
import { contextData, infoData, NbdClient } from './testing/nbd-client.js';

const MIB = 1024 * 1024;

describe('NbdServer', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'nbd-'));
  const socket = path.join(dir, 'v.sock');
  const clients: NbdClient[] = [];
  let device: MemoryDevice;
  let server: NbdServer | null = null;
  let users = 0;

  async function serve(served: MemoryDevice, options: Partial<NbdServerOptions> = {}): Promise<NbdServer> {
    device = served;
    const open = async (): Promise<{ device: MemoryDevice; release(): void }> => {
      users += 1;
      return { device, release: () => (users -= 1) };
    };
    server = await NbdServer.listen({ path: socket, exportName: 'volume-1', open, ...options });
    return server;
  }
  async function aClient(options?: Parameters<typeof NbdClient.connect>[1]): Promise<NbdClient> {
    const client = await NbdClient.connect(socket, options);
    clients.push(client);
    return client;
  }
  async function raw(flags?: number): Promise<NbdClient> {
    const client = await NbdClient.open(socket, flags);
    clients.push(client);
    return client;
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await server?.stop();
    server = null;
    expect(users).toBe(0);
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  describe('handshake', () => {
    it('gives size and flags by GO, and the wanted information', async () => {
      await serve(new MemoryDevice(10 * MIB), { description: 'a disk' });
      const client = await raw();
      await client.negotiateStructured();
      const answers = await client.option(Option.info, infoData('volume-1', [1, 2, 3]));
      expect(answers.map((answer) => answer.type)).toEqual([3, 3, 3, 3, OptionReply.ack]);
      expect(answers[1]?.data.subarray(2).toString()).toBe('volume-1');
      expect(answers[2]?.data.subarray(2).toString()).toBe('a disk');
      expect([2, 6, 10].map((at) => answers[3]?.data.readUInt32BE(at))).toEqual([1, 4096, 32 * MIB]);
      await client.go('');
      expect(client.sizeBytes).toBe(10 * MIB);
      expect(client.exportFlags).toBe(1 | 4 | 8 | 32 | 64 | 128 | 256 | 2048);
    });

    it('advertises a read-only device as such, and no DF without structured replies', async () => {
      await serve(new MemoryDevice(MIB, true));
      expect((await aClient({ structured: false })).exportFlags).toBe(1 | 2 | 4 | 8 | 256);
    });

    it.each([
      [3, 10],
      [1, 134],
    ])('answers EXPORT_NAME under client flags %d with %d bytes', async (flags, bytes) => {
      await serve(new MemoryDevice(MIB));
      const client = await raw(flags);
      const answer = await client.exportName('volume-1', bytes);
      expect(Number(answer.readBigUInt64BE(0))).toBe(MIB);
      expect((await client.read(0, 512)).equals(Buffer.alloc(512))).toBe(true);
    });

    it('disconnects on an unknown name in EXPORT_NAME, and on unknown client flags', async () => {
      await serve(new MemoryDevice(MIB));
      await expect((await raw()).exportName('other', 10)).rejects.toThrow('closed');
      await (
        await raw(7)
      ).closed;
    });

    it('lists its export and ends on ABORT', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await raw();
      const [entry, ack] = await client.option(Option.list);
      expect(entry?.data.subarray(4).toString()).toBe('volume-1');
      expect(ack?.type).toBe(OptionReply.ack);
      expect((await client.option(Option.abort)).at(-1)?.type).toBe(OptionReply.ack);
      await client.closed;
    });

    it('answers every mistake with its error and parses the next option', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await raw();
      const mistake = async (option: number, data?: Buffer): Promise<number | undefined> =>
        (await client.option(option, data)).at(-1)?.type;
      expect(await mistake(Option.setMetaContext, contextData('', ['base:allocation']))).toBe(
        OptionError.invalid,
      );
      await client.negotiateStructured();
      expect(await mistake(Option.list, Buffer.from('x'))).toBe(OptionError.invalid);
      expect(await mistake(Option.structuredReply, Buffer.from('x'))).toBe(OptionError.invalid);
      expect(await mistake(Option.starttls)).toBe(OptionError.unsupported);
      expect(await mistake(11)).toBe(OptionError.unsupported);
      expect(await mistake(4711, Buffer.alloc(60_000))).toBe(OptionError.unsupported);
      expect(await mistake(Option.info, infoData('nobody', []))).toBe(OptionError.unknown);
      for (const whole of [infoData('volume-1', [3]), contextData('volume-1', ['base:allocation'])]) {
        const option =
          whole.length === infoData('volume-1', [3]).length ? Option.info : Option.setMetaContext;
        for (let length = 0; length < whole.length; length += 1) {
          expect(await mistake(option, whole.subarray(0, length))).toBe(OptionError.invalid);
        }
        expect(await mistake(option, Buffer.concat([whole, Buffer.alloc(1)]))).toBe(OptionError.invalid);
      }
      const tooLong = Buffer.alloc(5006);
      tooLong.writeUInt32BE(5000, 0);
      expect(await mistake(Option.info, tooLong)).toBe(OptionError.tooBig);
      expect(await mistake(Option.info, infoData('', []))).toBe(OptionReply.ack);
    });

    it('disconnects on an option that is too large', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await raw();
      await expect(client.option(Option.list, Buffer.alloc(70_000))).rejects.toThrow('closed');
    });

    it('lists contexts by namespace and sets them by full name only', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await raw();
      await client.negotiateStructured();
      const names = async (option: number, queries: string[]): Promise<string[]> =>
        (await client.option(option, contextData('', queries)))
          .slice(0, -1)
          .map((answer) => answer.data.subarray(4).toString());
      expect(await names(Option.listMetaContext, [])).toEqual(['base:allocation', 'x-archipelago:owner']);
      expect(await names(Option.listMetaContext, ['base:'])).toEqual(['base:allocation']);
      expect(await names(Option.setMetaContext, ['base:', 'qemu:dirty-bitmap:x'])).toEqual([]);
      expect(await names(Option.setMetaContext, ['base:allocation'])).toEqual(['base:allocation']);
    });

    it('says why a volume cannot be opened, and cuts a client that never ends its handshake', async () => {
      await serve(new MemoryDevice(MIB), {
        open: () => Promise.reject(new Error('the lease is held by node2')),
        limits: { handshakeMs: 300 },
      });
      const client = await raw();
      await expect(client.go()).rejects.toThrow('the lease is held by node2');
      await client.closed;
    });
  });

  describe('reads', () => {
    it('answers holes as holes, and data around them', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient();
      const data = Buffer.alloc(8192, 7);
      await client.write(65536, data);
      const reply = await client.must({ command: Command.read, offset: 61000, length: 20000 });
      expect(reply.chunks.map((chunk) => chunk.type)).toEqual([
        ChunkType.offsetHole,
        ChunkType.offsetData,
        ChunkType.offsetHole,
      ]);
      expect(reply.data.equals(device.data.subarray(61000, 81000))).toBe(true);
    });

    it('answers in one piece with DF, and with simple replies when nothing else was negotiated', async () => {
      await serve(new MemoryDevice(MIB));
      const structured = await aClient();
      const whole = await structured.must({
        command: Command.read,
        offset: 0,
        length: 65536,
        flags: CommandFlag.df,
      });
      expect(whole.chunks.map((chunk) => chunk.type)).toEqual([ChunkType.offsetData]);
      const simple = await (
        await aClient({ structured: false })
      ).must({ command: Command.read, offset: 0, length: 65536 });
      expect(simple.chunks).toEqual([]);
      expect(simple.data).toEqual(Buffer.alloc(65536));
    });

    it('sends an error and no data when a part of a read fails', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient();
      for (const at of [0, 20480, 40960]) await client.write(at, Buffer.alloc(4096, 1));
      device.before = async (call) => {
        if (call.startsWith('read 40960')) throw new Error('bad block');
      };
      const reply = await client.call({ command: Command.read, offset: 0, length: 65536 });
      expect(reply.error).toBe(NbdError.io);
      expect(reply.chunks.map((chunk) => chunk.type)).toEqual([ChunkType.error]);
      expect((await client.read(0, 4096)).equals(Buffer.alloc(4096, 1))).toBe(true);
    });
  });

  describe('requests', () => {
    it('passes FUA, NO_HOLE and ranges on', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient();
      await client.write(10, Buffer.from('abc'), CommandFlag.fua);
      await client.must({ command: Command.trim, offset: 0, length: 8192, flags: CommandFlag.fua });
      await client.must({
        command: Command.writeZeroes,
        offset: 5,
        length: 6,
        flags: CommandFlag.fua | CommandFlag.noHole,
      });
      await client.flush();
      expect(device.calls).toEqual(['write 10 3 fua', 'trim 0 8192 fua', 'zero 5 6 fua no-hole', 'flush']);
    });

    it('refuses what it must with the right number, and stays in step', async () => {
      await serve(new MemoryDevice(2 * MIB));
      const client = await aClient();
      const error = async (call: Parameters<NbdClient['call']>[0]): Promise<number> =>
        (await client.call(call)).error;
      const payload = Buffer.alloc(MIB, 1);
      expect(await error({ command: Command.write, offset: 2 * MIB - 1, payload })).toBe(NbdError.noSpace);
      expect(await error({ command: Command.write, offset: 0, payload, flags: 64 })).toBe(NbdError.invalid);
      expect(await error({ command: Command.writeZeroes, offset: 2 * MIB, length: 1 })).toBe(
        NbdError.noSpace,
      );
      expect(await error({ command: Command.read, offset: MIB, length: MIB + 1 })).toBe(NbdError.invalid);
      expect(await error({ command: Command.trim, offset: MIB, length: MIB + 1 })).toBe(NbdError.invalid);
      expect(await error({ command: Command.blockStatus, offset: 0, length: MIB })).toBe(NbdError.invalid);
      expect(await error({ command: 99 })).toBe(NbdError.invalid);
      expect(await error({ command: Command.cache, length: 1 })).toBe(NbdError.invalid);
      expect(await error({ command: Command.flush, flags: CommandFlag.fua })).toBe(0);
      expect(device.calls).toEqual(['flush']);
      await client.write(MIB, payload);
      expect((await client.read(MIB, MIB)).equals(payload)).toBe(true);
    });

    it('zeroes fast only what is zero already', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient();
      await client.write(65536, Buffer.alloc(4096, 1));
      device.calls.length = 0;
      const zero = { command: Command.writeZeroes, length: 65536, flags: CommandFlag.fastZero };
      expect((await client.call({ ...zero, offset: 0 })).error).toBe(0);
      expect((await client.call({ ...zero, offset: 4096 })).error).toBe(NbdError.notSupported);
      expect((await client.call({ ...zero, flags: zero.flags | CommandFlag.noHole })).error).toBe(
        NbdError.notSupported,
      );
      expect(device.calls).toEqual(['extents 0 65536', 'zero 0 65536', 'extents 4096 65536']);
    });

    it('drains a payload over the limit, and cuts a client far beyond it', async () => {
      await serve(new MemoryDevice(80 * MIB), { limits: { maxPayloadBytes: MIB } });
      const client = await aClient();
      expect((await client.call({ command: Command.write, payload: Buffer.alloc(MIB + 1) })).error).toBe(
        NbdError.invalid,
      );
      expect((await client.call({ command: Command.read, length: MIB + 1 })).error).toBe(NbdError.invalid);
      await client.write(0, Buffer.alloc(MIB));
      await expect(
        client.call({ command: Command.write, length: 2 ** 31, payload: Buffer.alloc(4096) }),
      ).rejects.toThrow('ended');
    });

    it('refuses every change of a read-only device', async () => {
      await serve(new MemoryDevice(MIB, true));
      const client = await aClient();
      for (const command of [Command.trim, Command.writeZeroes]) {
        expect((await client.call({ command, length: 4096 })).error).toBe(NbdError.permission);
      }
      expect((await client.call({ command: Command.write, payload: Buffer.alloc(512) })).error).toBe(
        NbdError.permission,
      );
      expect(device.calls).toEqual([]);
    });

    it.each([
      ['a full store', NbdError.noSpace, new NoSpace('the store is full')],
      ['a quota error', NbdError.noSpace, Object.assign(new Error('quota'), { code: 'EDQUOT' })],
      [
        'a full disk below',
        NbdError.noSpace,
        new Error('failed', { cause: Object.assign(new Error('full'), { code: 'ENOSPC' }) }),
      ],
      ['a sealed map', NbdError.permission, new ReadOnly('sealed')],
      ['anything else', NbdError.io, new Error('what is this')],
    ])('answers %s with error %d', async (_what, expected, thrown) => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient();
      device.before = () => Promise.reject(thrown);
      expect((await client.call({ command: Command.write, payload: Buffer.alloc(512) })).error).toBe(
        expected,
      );
      expect((await client.call({ command: Command.read, length: 512 })).error).toBe(expected);
    });

    it('disconnects when the stream is out of step', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient();
      client.raw(Buffer.alloc(28, 1));
      await client.closed;
    });
  });

  describe('block status', () => {
    it('reports holes, data and owners, merged', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient({ contexts: ['base:allocation', 'x-archipelago:owner'] });
      await client.write(8192, Buffer.alloc(8192, 1));
      const reply = await client.must({ command: Command.blockStatus, offset: 0, length: MIB });
      const words = reply.chunks.map(({ payload }) =>
        Array.from({ length: payload.length / 4 }, (_, i) => payload.readUInt32BE(i * 4)),
      );
      expect(words).toEqual([
        [1, 8192, 3, 8192, 0, MIB - 16384, 3],
        [2, 8192, 0, 8192, 1, MIB - 16384, 0],
      ]);
    });

    it('reports one extent with REQ_ONE', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient({ contexts: ['base:allocation'] });
      await client.write(8192, Buffer.alloc(8192, 1));
      const reply = await client.must({
        command: Command.blockStatus,
        offset: 0,
        length: MIB,
        flags: CommandFlag.reqOne,
      });
      expect(reply.chunks[0]?.payload.length).toBe(12);
    });
  });

  describe('many at once', () => {
    it('answers out of order', async () => {
      await serve(new MemoryDevice(MIB));
      const client = await aClient();
      const held: (() => void)[] = [];
      device.before = (call) =>
        call.startsWith('write 0 ') ? new Promise((resolve) => held.push(resolve)) : Promise.resolve();
      let isSlowDone = false;
      const slow = client.write(0, Buffer.alloc(512, 1)).then(() => (isSlowDone = true));
      await client.write(4096, Buffer.alloc(512, 2));
      expect(isSlowDone).toBe(false);
      for (const release of held) release();
      await slow;
    });

    it('holds no more under way than its limits, whatever the client sends', async () => {
      let running = 0;
      let most = 0;
      await serve(new MemoryDevice(MIB), { limits: { maxRequests: 8 } });
      device.before = async () => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      };
      const client = await aClient();
      await Promise.all(
        Array.from({ length: 300 }, (_, i) => client.write((i % 100) * 4096, Buffer.alloc(4096, i))),
      );
      expect(most).toBe(8);
    });

    it('serves a client that reads its replies late', async () => {
      await serve(new MemoryDevice(8 * MIB), { limits: { maxInFlightBytes: 2 * MIB } });
      device.data.fill(9);
      const client = await aClient({ structured: false });
      client.pause();
      const reads = Array.from({ length: 40 }, (_, i) => client.read((i % 8) * MIB, MIB));
      while (device.calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
      expect(device.calls.length).toBeLessThan(10);
      client.resume();
      for (const data of await Promise.all(reads)) expect(data.equals(Buffer.alloc(MIB, 9))).toBe(true);
    });

    it('keeps everything equal to a model under a deep random pipeline on two connections', async () => {
      await serve(new MemoryDevice(4 * MIB));
      const pair = [await aClient(), await aClient({ structured: false })];
      const model = Buffer.alloc(4 * MIB);
      let seed = 1;
      const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
      // 64 lanes of 64 KiB: each lane is in order, the lanes run beside each other.
      const lanes = Array.from({ length: 64 }, (_, lane) => async () => {
        for (let step = 0; step < 20; step += 1) {
          const offset = lane * 65536 + random(60000);
          const payload = Buffer.alloc(1 + random(5000), random(256));
          payload.copy(model, offset);
          await pair[step % 2]?.write(offset, payload);
        }
      });
      await Promise.all(lanes.map((lane) => lane()));
      for (const client of pair) expect((await client.read(0, 4 * MIB)).equals(model)).toBe(true);
    });

    it('leaves nothing behind when a client vanishes with requests in flight', async () => {
      await serve(new MemoryDevice(MIB));
      const held: (() => void)[] = [];
      device.before = () => new Promise((resolve) => held.push(resolve));
      const client = await aClient();
      const calls = Array.from({ length: 128 }, (_, i) =>
        client.write(i * 4096, Buffer.alloc(4096)).catch(() => 'ended'),
      );
      while (held.length < 128) await new Promise((resolve) => setImmediate(resolve));
      client.destroy();
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['ended']));
      for (const release of held) release();
      while ((server?.connectionCount ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
    });

    it('stops cleanly: answers what is under way, refuses what follows, closes', async () => {
      const stopping = await serve(new MemoryDevice(MIB));
      const client = await aClient();
      const held: (() => void)[] = [];
      device.before = () => new Promise((resolve) => held.push(resolve));
      const first = client.write(0, Buffer.alloc(512, 1));
      while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
      const stopped = stopping.stop();
      expect((await client.call({ command: Command.flush })).error).toBe(NbdError.shutdown);
      for (const release of held) release();
      await first;
      await stopped;
      await client.closed;
      expect(() => statSync(socket)).toThrow('ENOENT');
    });

    it('drops what follows when it restarts, so that a hypervisor sends it again', async () => {
      const stopping = await serve(new MemoryDevice(MIB));
      const client = await aClient();
      const held: (() => void)[] = [];
      device.before = () => new Promise((resolve) => held.push(resolve));
      const first = client.write(0, Buffer.alloc(512, 1));
      while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
      const stopped = stopping.stop('drop');
      const second = client.call({ command: Command.flush });
      for (const release of held) release();
      await first;
      await expect(second).rejects.toThrow('the connection ended');
      await stopped;
      expect(device.calls).toEqual(['write 0 512']);
    });
  });

  it('makes its socket with the mode asked for, and refuses a path that is too long', async () => {
    await serve(new MemoryDevice(MIB), { mode: 0o600 });
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await expect(
      NbdServer.listen({
        path: `/tmp/${'x'.repeat(103)}`,
        exportName: 'x',
        open: () => Promise.reject(new Error('never')),
      }),
    ).rejects.toThrow('has 108 bytes, the limit is 107');
  });
});
