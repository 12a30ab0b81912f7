import { setTimeout as delay } from 'node:timers/promises';
import { choices } from '../../../libs/archipelago/src/driver/testing/crash-store.js';
import { Command, CommandFlag } from '../../../libs/archipelago/src/nbd/protocol.js';
import { NbdClient } from '../../../libs/archipelago/src/nbd/testing/nbd-client.js';
import { Node } from './support.js';

const MIB = 1024 * 1024;
const SIZE_MIB = 32;
/** The archipelago spec's aim for the hand-over, 5.6, is 50 ms; this only catches a wait for a timer or for Ganeti. */
const HAND_OVER_LIMIT_MS = 1000;

/** A guest's disk as QEMU has it: one NBD connection, and a model of what was answered. */
class Disk {
  readonly model = Buffer.alloc(SIZE_MIB * MIB);

  async write(client: NbdClient, offset: number, text: string): Promise<void> {
    await client.write(offset, Buffer.from(text));
    this.model.write(text, offset);
  }

  async change(
    client: NbdClient,
    { offset, length, fill, kind }: { offset: number; length: number; fill: number; kind: number },
  ): Promise<void> {
    const isZero = kind === 0;
    if (isZero) await client.must({ command: Command.writeZeroes, offset, length });
    else await client.write(offset, Buffer.alloc(length, fill), kind === 1 ? CommandFlag.fua : 0);
    this.model.fill(isZero ? 0 : fill, offset, offset + length);
  }

  /** Every byte, through this connection, is what was answered. */
  async check(client: NbdClient): Promise<void> {
    for (let offset = 0; offset < this.model.length; offset += 4 * MIB) {
      const found = await client.read(offset, 4 * MIB);
      if (!found.equals(this.model.subarray(offset, offset + 4 * MIB)))
        throw new Error(`the block at ${offset / MIB} MiB differs`);
    }
  }
}

jest.setTimeout(180_000);

describe('the live migration of a guest between two nodes', () => {
  let source: Node;
  let target: Node;
  beforeAll(async () => {
    source = await Node.start({ SYNNEFO_NODE: 'source' });
    target = await Node.start({ SYNNEFO_NODE: 'target', ARCHIPELAGO_STORE: `dir:${source.dir}/store` });
    await source.installProvider();
    await target.installProvider();
  });
  afterAll(async () => {
    await target.remove();
    await source.remove();
  });

  const on = (node: Node, name: string, ...actions: string[]): Promise<void> =>
    node.onDisk({ name, sizeMib: SIZE_MIB }, ...actions);
  const socketOf = (node: Node, name: string): string => `${node.nbdDir}/${name}.sock`;
  const isOpen = async (node: Node, name: string): Promise<boolean> => {
    const view = JSON.parse(await node.must('--json', 'info', name)) as { attached?: { open: boolean } };
    return view.attached?.open ?? false;
  };

  /** A running guest on the source, and what Ganeti calls before it lets the target accept it. */
  async function announced(name: string): Promise<{ disk: Disk; guest: NbdClient; incoming: NbdClient }> {
    await on(source, name, 'create', 'attach', 'open True');
    const disk = new Disk();
    const guest = await NbdClient.connect(socketOf(source, name));
    for (let block = 0; block < SIZE_MIB; block += 3)
      await disk.write(guest, block * MIB + 4321, `written before ${block}`);
    await guest.flush();
    await on(target, name, 'attach', 'close');
    await on(source, name, 'attach', 'open False');
    await on(target, name, 'attach', 'open False');
    const incoming = await NbdClient.connect(socketOf(target, name));
    expect(incoming.sizeBytes).toBe(guest.sizeBytes);
    expect(incoming.exportFlags).toBe(guest.exportFlags);
    return { disk, guest, incoming };
  }

  it('hands the lease over when the target first writes, and loses no answered byte', async () => {
    const name = 'snf-vol-moves';
    const { disk, guest, incoming } = await announced(name);
    await disk.check(incoming);
    await disk.write(guest, 5 * MIB, 'written while the memory is copied');
    await disk.write(guest, 5 * MIB + 1, 'and overwritten');
    await guest.flush();
    await disk.check(incoming);
    expect([await isOpen(source, name), await isOpen(target, name)]).toEqual([true, false]);

    // The guest stops on the source, whose QEMU stays connected, and goes on at the target.
    const before = performance.now();
    await disk.write(incoming, 7 * MIB, 'the first write on the target');
    expect(performance.now() - before).toBeLessThan(HAND_OVER_LIMIT_MS);
    expect([await isOpen(source, name), await isOpen(target, name)]).toEqual([false, true]);
    await disk.write(incoming, 5 * MIB + 3, 'once more');
    await incoming.flush();
    await disk.check(incoming);
    await guest.flush();
    guest.destroy();
    await on(source, name, 'attach', 'close');
    await on(target, name, 'attach', 'open True');
    await on(source, name, 'attach', 'detach');
    await disk.write(incoming, 9 * MIB, 'migrated');
    await disk.check(incoming);

    // The other way round: nothing the first owner remembers is stale.
    await on(source, name, 'attach', 'close');
    await on(target, name, 'open False');
    await on(source, name, 'open False');
    const back = await NbdClient.connect(socketOf(source, name));
    await disk.check(back);
    await incoming.flush();
    await disk.write(back, 5 * MIB + 2, 'home again');
    await incoming.close();
    await on(target, name, 'attach', 'close');
    await on(source, name, 'attach', 'open True');
    await on(target, name, 'attach', 'detach');
    await back.flush();
    await source.kill();
    await source.up();
    const reopened = await NbdClient.connect(socketOf(source, name));
    await disk.check(reopened);
    await reopened.close();
  });

  it('equals a model through many migrations of a busy clone', async () => {
    const name = 'snf-vol-busy';
    await source.must('create', 'busy-image', '--size', String(SIZE_MIB));
    const disk = new Disk();
    const image = await NbdClient.connect(await source.must('export', 'busy-image'));
    for (let at = 0; at < SIZE_MIB; at += 2)
      await disk.write(image, at * MIB + 7, `image ${at} `.repeat(999));
    await image.close();
    await source.must('snapshot', 'busy-image', 'busy-origin');
    await source.must('clone', 'busy-origin', name);
    const random = choices(11);
    const below = (limit: number): number => Math.floor(random() * limit);
    let step = 0;
    for (let round = 0; round < 4; round += 1) {
      const [from, to] = round % 2 === 0 ? [source, target] : [target, source];
      await on(from, name, 'attach', 'open True');
      const guest = await NbdClient.connect(socketOf(from, name));
      await on(to, name, 'attach', 'close');
      for (const node of [from, to]) await on(node, name, 'open False');
      const incoming = await NbdClient.connect(socketOf(to, name));
      for (const client of [guest, incoming]) {
        // Each in a megabyte of its own, so that their order does not matter.
        await Promise.all(
          Array.from({ length: SIZE_MIB }, async (_, lane) => {
            for (let i = 0; i < 3; i += 1) {
              const offset = lane * MIB + below(MIB / 2);
              await disk.change(client, {
                offset,
                length: 1 + below(MIB / 2),
                fill: (step += 1),
                kind: below(6),
              });
            }
          }),
        );
        await client.flush();
      }
      await disk.check(incoming);
      guest.destroy();
      await on(from, name, 'close');
      await on(to, name, 'open True');
      await on(from, name, 'detach');
      await incoming.close();
    }
  });

  it('takes the lease for a guest that only reads, once Ganeti says that it has arrived', async () => {
    const name = 'snf-vol-reads';
    const { disk, guest, incoming } = await announced(name);
    guest.destroy();
    await on(source, name, 'close');
    await on(target, name, 'open True');
    expect([await isOpen(source, name), await isOpen(target, name)]).toEqual([false, true]);
    await disk.check(incoming);
    await on(source, name, 'detach');
    await incoming.close();
  });

  it('refuses what the source may still send when its disk is closed, and a second owner after that', async () => {
    const name = 'snf-vol-fenced';
    const { disk, guest, incoming } = await announced(name);
    await disk.write(incoming, 0, 'owner');
    await on(source, name, 'close');
    await expect(guest.write(0, Buffer.from('stale'))).rejects.toThrow();
    await on(target, name, 'open True');
    const late = NbdClient.connect(socketOf(source, name));
    await expect(late).rejects.toThrow(/lease|in use/);
    expect(await isOpen(target, name)).toBe(true);
    await disk.check(incoming);
    await incoming.close();
  });

  it('leaves the guest on the source when the migration is cancelled', async () => {
    const name = 'snf-vol-stays';
    const { disk, guest, incoming } = await announced(name);
    await on(target, name, 'attach', 'close');
    await incoming.closed;
    await on(target, name, 'attach', 'detach');
    await on(source, name, 'attach', 'open True');
    await disk.write(guest, 3 * MIB, 'still here');
    await guest.flush();
    await disk.check(guest);
    expect(await isOpen(source, name)).toBe(true);
    await guest.close();
  });

  it('goes back to the source when it is cancelled after the target had the lease', async () => {
    const name = 'snf-vol-returns';
    const { disk, guest, incoming } = await announced(name);
    await disk.write(incoming, 0, 'from the target');
    await disk.write(guest, 3 * MIB, 'the guest goes on at the source');
    expect([await isOpen(source, name), await isOpen(target, name)]).toEqual([true, false]);
    await on(target, name, 'close', 'detach');
    await on(source, name, 'open True');
    await disk.check(guest);
    incoming.destroy();
    await guest.close();
  });

  it('waits for the archipelagod of the source when that was killed, and finds all it had answered', async () => {
    const name = 'snf-vol-source-dies';
    const { disk, guest, incoming } = await announced(name);
    await disk.write(guest, 11 * MIB, 'answered, not flushed');
    await source.kill();
    await guest.closed;
    const first = disk.write(incoming, 13 * MIB, 'held until the source is back');
    await source.up();
    await first;
    await disk.check(incoming);
    expect([await isOpen(source, name), await isOpen(target, name)]).toEqual([false, true]);
    await on(source, name, 'close');
    await on(target, name, 'open True');
    await incoming.close();
  });

  it('waits for a source that hangs for a while', async () => {
    const name = 'snf-vol-hangs';
    const { disk, guest, incoming } = await announced(name);
    process.kill(source.pid, 'SIGSTOP');
    const many = Array.from({ length: 100 }, (_, i) => incoming.read(i * 4096, 512));
    const held = disk.write(incoming, 3 * MIB, 'after all');
    const isHeld = await Promise.race([held.then(() => false), delay(1000, true)]);
    process.kill(source.pid, 'SIGCONT');
    await Promise.all([held, ...many]);
    expect(isHeld).toBe(true);
    await disk.check(incoming);
    for (const client of [guest, incoming]) client.destroy();
  });

  it('loses nothing on the source when the archipelagod of the target is killed, before or after the lease has moved', async () => {
    const name = 'snf-vol-target-dies';
    const { disk, guest, incoming } = await announced(name);
    await target.kill();
    await incoming.closed;
    await disk.write(guest, 15 * MIB, 'the source does not care');
    await target.up();
    const again = await NbdClient.connect(socketOf(target, name));
    await disk.check(again);
    await disk.write(again, 17 * MIB, 'answered by the target, not flushed');
    await target.kill();
    const held = disk.write(guest, 19 * MIB, 'held until the target is back');
    await target.up();
    await held;
    await disk.check(guest);
    await on(target, name, 'close', 'detach');
    await on(source, name, 'open True');
    await guest.close();
  });

  it('survives the death of either archipelagod at any moment of the hand-over', async () => {
    const name = 'snf-vol-torn';
    const { disk, ...clients } = await announced(name);
    const sides = [
      { node: source, client: clients.guest },
      { node: target, client: clients.incoming },
    ];
    for (const [round, afterMs] of [0, 1, 2, 4, 6, 9, 13, 18].entries()) {
      const [owner, taker] = round % 2 === 0 ? sides : [...sides].reverse();
      if (owner === undefined || taker === undefined) throw new Error('two sides');
      await disk.write(owner.client, round * MIB + 777, `the owner's last words of round ${round}`);
      const taking = disk.write(taker.client, (round + 16) * MIB + 99, `taken in round ${round}`);
      await delay(afterMs);
      await owner.node.kill();
      await owner.client.closed;
      await owner.node.up();
      await taking;
      owner.client = await NbdClient.connect(socketOf(owner.node, name));
      await disk.check(owner.client);
      expect([await isOpen(owner.node, name), await isOpen(taker.node, name)]).toEqual([false, true]);
    }
    for (const { client } of sides) client.destroy();
  });

  it('seals a snapshot on either node, also in the middle', async () => {
    const name = 'snf-vol-sealed';
    const { disk, guest, incoming } = await announced(name);
    await target.must('snapshot', name, 'snap-by-target');
    await disk.write(incoming, 0, 'later');
    await source.must('snapshot', name, 'snap-by-source');
    expect(await isOpen(target, name)).toBe(true);
    const sealed = await NbdClient.connect(await source.must('export', 'snap-by-source'));
    await disk.check(sealed);
    const earlier = await NbdClient.connect(await source.must('export', 'snap-by-target'));
    expect((await earlier.read(0, 5)).equals(Buffer.alloc(5))).toBe(true);
    for (const client of [sealed, earlier, guest, incoming]) client.destroy();
  });

  it('lets another node have at once what nobody uses here any more', async () => {
    const name = 'snf-vol-fails-over';
    await on(source, name, 'create', 'attach', 'open True');
    const disk = new Disk();
    const guest = await NbdClient.connect(socketOf(source, name));
    await disk.write(guest, MIB, 'the guest shuts down');
    await guest.close();
    await on(source, name, 'close', 'detach');
    await on(target, name, 'attach', 'open True');
    const there = await NbdClient.connect(socketOf(target, name));
    await disk.check(there);
    await there.close();
  });
});
