import { Archipelago } from '../archipelago.js';
import type { Volume } from '../block-device.js';
import { choices } from '../driver/testing/crash-store.js';
import { MemoryStore } from '../driver/memory/memory-store.js';
import { Busy } from '../errors.js';
import type { Peer } from '../lease/peer.js';
import { LeasedDevice } from './leased-device.js';

const BLOCK = 4096;
const SIZE = 16 * BLOCK;
const NAME = 'moving-volume';

let open = 0;
let mostOpen = 0;

/** One node's view of the volume, and what the other node calls. */
class Host {
  readonly archipelago: Archipelago;
  readonly device: LeasedDevice;
  /** The archipelagod there does not answer. */
  isAway = false;
  other: Host | null = null;
  /** Runs before a close of the volume. */
  onClose: () => Promise<void> = () => Promise.resolve();
  /** Runs before a write of the volume. */
  onWrite: () => Promise<void> = () => Promise.resolve();

  constructor(stores: { maps: MemoryStore; blocks: MemoryStore }, node: string) {
    this.archipelago = Archipelago.over(stores, { node });
    this.device = new LeasedDevice(
      {
        name: NAME,
        readOnly: false,
        openVolume: () => this.openVolume(),
        holder: async () => {
          const isFree = (await this.archipelago.holder(NAME)) === null;
          return isFree || this.other === null ? null : this.other.asPeer();
        },
      },
      SIZE,
    );
    this.device.isShared = true;
  }

  private asPeer(): Peer {
    const here = async <T>(fn: (volume: Volume) => Promise<T>): Promise<T> => {
      const found = this.isAway ? null : await this.device.useHere(fn);
      if (found === null) throw new Busy('not here');
      return found.result;
    };
    return {
      read: (offset, length) => here((volume) => volume.read(offset, length)),
      flush: () => here((volume) => volume.flush()),
      release: () => (this.isAway ? Promise.reject(new Busy('no answer')) : this.device.leave()),
    };
  }

  private async openVolume(): Promise<Volume> {
    const volume = await this.archipelago.openVolume(NAME, { mode: 'rw' });
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    const close = volume.close.bind(volume);
    const write = volume.write.bind(volume);
    return Object.assign(volume, {
      write: async (...args: Parameters<Volume['write']>) => {
        await this.onWrite();
        await write(...args);
      },
      close: async () => {
        open -= 1;
        await this.onClose();
        await close();
      },
    });
  }
}

describe('a volume that two nodes serve', () => {
  let source: Host;
  let target: Host;
  beforeEach(async () => {
    [open, mostOpen] = [0, 0];
    const stores = { maps: new MemoryStore(), blocks: new MemoryStore() };
    source = new Host(stores, 'source');
    target = new Host(stores, 'target');
    source.other = target;
    target.other = source;
    await source.archipelago.create(NAME, { sizeBytes: SIZE, blockSizeBytes: BLOCK });
    await source.device.take();
  });

  const busy: unknown = expect.objectContaining({ code: 'Busy' });

  it('is read on the target as the source wrote it last, flushed or not, without moving the lease', async () => {
    await source.device.write(100, Buffer.from('one'));
    expect((await target.device.read(100, 3)).toString()).toBe('one');
    await source.device.write(100, Buffer.from('two'));
    expect((await target.device.read(100, 3)).toString()).toBe('two');
    await target.device.flush();
    expect(await target.device.extents(0, SIZE)).toEqual([{ length: SIZE, state: 'data' }]);
    expect([source.device.isHere, target.device.isHere]).toEqual([true, false]);
    const small = Buffer.alloc(3);
    expect(target.device.readNow(100, small)).toBeNull();
    expect(target.device.writeNow(100, small)).toBe(false);
  });

  it('moves to the target with its first write, and what the source does later goes there', async () => {
    await source.device.write(0, Buffer.from('before'));
    await target.device.write(BLOCK, Buffer.from('after'));
    expect([source.device.isHere, target.device.isHere]).toEqual([false, true]);
    expect((await target.device.read(0, 6)).toString()).toBe('before');
    expect((await source.device.read(BLOCK, 5)).toString()).toBe('after');
    expect(source.device.writeNow(0, Buffer.from('x'))).toBe(false);
  });

  it('moves only when the requests under way on the source are answered', async () => {
    const events: string[] = [];
    let goOn: () => void = () => undefined;
    const isHeld = new Promise<void>((resolve) => (goOn = resolve));
    source.onWrite = () => isHeld;
    const writes = Array.from({ length: 8 }, (_, block) =>
      source.device.write(block * BLOCK, Buffer.alloc(BLOCK, block + 1)).then(() => events.push('source')),
    );
    const release = jest.spyOn(source.device, 'leave');
    const first = target.device.write(9 * BLOCK, Buffer.from('!')).then(() => events.push('target'));
    while (release.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    goOn();
    await Promise.all([...writes, first]);
    expect(events).toEqual([...Array<string>(8).fill('source'), 'target']);
    for (let block = 0; block < 8; block += 1)
      expect((await target.device.read(block * BLOCK, 1))[0]).toBe(block + 1);
  });

  it('goes back when the migration fails and the source goes on', async () => {
    await target.device.write(0, Buffer.from('target'));
    await source.device.write(0, Buffer.from('SOURCE'));
    expect([source.device.isHere, target.device.isHere]).toEqual([true, false]);
    expect((await target.device.read(0, 6)).toString()).toBe('SOURCE');
  });

  it('equals a model, whichever node does what', async () => {
    const choose = choices(7);
    const random = (below: number): number => Math.floor(choose() * below);
    const model = Buffer.alloc(SIZE);
    for (let step = 0; step < 400; step += 1) {
      const { device } = random(2) === 0 ? source : target;
      const offset = random(SIZE - 1);
      const length = 1 + random(Math.min(2 * BLOCK, SIZE - offset));
      const action = random(8);
      if (action < 5)
        expect((await device.read(offset, length)).equals(model.subarray(offset, offset + length))).toBe(
          true,
        );
      else if (action < 6) await device.flush();
      else if (action < 7) {
        await device.write(offset, Buffer.alloc(length, step + 1));
        model.fill(step + 1, offset, offset + length);
      } else {
        await device.writeZeroes(offset, length);
        model.fill(0, offset, offset + length);
      }
      expect(source.device.isHere && target.device.isHere).toBe(false);
    }
  });

  it('is open on one node at a time, whatever both do at once, and loses no write', async () => {
    const hosts = [source, target];
    await Promise.all(
      hosts.flatMap(({ device }, node) =>
        Array.from({ length: 8 }, async (_, i) => {
          const offset = (2 * i + node) * BLOCK;
          for (let round = 1; round <= 5; round += 1) {
            await device.write(offset, Buffer.alloc(BLOCK, 16 * round + i));
            expect(source.device.isHere && target.device.isHere).toBe(false);
            await device.flush();
          }
        }),
      ),
    );
    for (let block = 0; block < 16; block += 1) {
      const { device } = block % 3 === 0 ? source : target;
      const expected = Buffer.alloc(BLOCK, 80 + Math.floor(block / 2));
      expect((await device.read(block * BLOCK, BLOCK)).equals(expected)).toBe(true);
    }
    expect(mostOpen).toBe(1);
  });

  it('stays where it is when no migration is announced', async () => {
    target.device.isShared = false;
    await expect(target.device.write(0, Buffer.from('x'))).rejects.toEqual(busy);
    await expect(target.device.read(0, 1)).rejects.toEqual(busy);
    expect(source.device.isHere).toBe(true);
  });

  it('fails what waits for a holder that does not answer, when the wait is cut short', async () => {
    source.isAway = true;
    await expect(target.device.take(0)).rejects.toEqual(busy);
    const opened = jest.spyOn(target.archipelago, 'openVolume');
    const waiting = target.device.write(0, Buffer.from('x'));
    while (opened.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    target.device.interrupt();
    await expect(waiting).rejects.toEqual(busy);
    expect(source.device.isHere).toBe(true);
  });

  it('takes the lease once for many writes at a time', async () => {
    const opened = jest.spyOn(target.archipelago, 'openVolume');
    await Promise.all([0, 1, 2, 3].map((block) => target.device.write(block * BLOCK, Buffer.from('x'))));
    expect(opened.mock.calls.length).toBeLessThanOrEqual(2);
    expect(target.device.isHere).toBe(true);
  });

  it('tells a flush that closing failed, until it is open again', async () => {
    source.onClose = () => Promise.reject(new Error('the disk is broken'));
    await source.device.write(0, Buffer.from('x'));
    await expect(source.device.leave()).rejects.toThrow('closing the volume failed');
    await expect(source.device.flush()).rejects.toThrow('closing the volume failed');
    await source.device.take();
    await source.device.flush();
  });
});
