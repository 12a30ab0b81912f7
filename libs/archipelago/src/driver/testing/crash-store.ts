import { IoFailed, NotFound } from '../../errors.js';
import { MemoryStore } from '../memory/memory-store.js';
import type { ListPage, ObjectData, ObjectRange, ObjectStat, PutOptions, Store } from '../store.js';

/** A machine that stops before its n-th change of a store. */
export class CrashingMachine {
  private changes = 0;

  constructor(private readonly stopBefore = Infinity) {}

  get isOff(): boolean {
    return this.changes >= this.stopBefore;
  }

  change(): void {
    this.assertOn();
    this.changes += 1;
    this.assertOn();
  }

  assertOn(): void {
    if (this.isOff) throw new IoFailed('the machine is off');
  }
}

/** A repeatable source of choices. */
export function choices(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_507) + 0x9e3779b9) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A store that knows what of it is on stable storage. After a power failure each object is as it was synced, as it was
 * written last, or, when it grew, cut somewhere in between.
 */
export class CrashStore implements Store {
  private readonly durable: Map<string, Buffer>;

  constructor(
    private readonly machine: CrashingMachine,
    private readonly current = new MemoryStore(),
    durable: ReadonlyMap<string, Buffer> = new Map(),
  ) {
    this.durable = new Map(durable);
  }

  /** What the next process of the same boot finds. */
  afterKill(machine: CrashingMachine): CrashStore {
    return new CrashStore(machine, this.current, this.durable);
  }

  /** What is found after a power failure. */
  async afterPowerCut(machine: CrashingMachine, random: () => number): Promise<CrashStore> {
    const left = new MemoryStore();
    const { keys } = await this.current.list('', { limit: Infinity });
    for (const key of new Set([...keys, ...this.durable.keys()])) {
      const data = this.survivor(this.durable.get(key), await this.bytes(key), random);
      if (data !== undefined) await left.put(key, data);
    }
    const { keys: found } = await left.list('', { limit: Infinity });
    const durable = await Promise.all(found.map(async (key) => [key, (await left.get(key)).data] as const));
    return new CrashStore(machine, left, new Map(durable));
  }

  get(key: string, range?: ObjectRange): Promise<ObjectData> {
    return this.whileOn(() => this.current.get(key, range));
  }

  getInto(key: string, offset: number, target: Buffer): Promise<number> {
    return this.whileOn(() => this.current.getInto(key, offset, target));
  }

  stat(key: string): Promise<ObjectStat> {
    return this.whileOn(() => this.current.stat(key));
  }

  list(prefix: string, options?: { cursor?: string; limit?: number }): Promise<ListPage> {
    return this.whileOn(() => this.current.list(prefix, options));
  }

  async put(key: string, data: Buffer, options: PutOptions = {}): Promise<void> {
    this.machine.change();
    await this.current.put(key, data, options);
    if (options.durable) this.durable.set(key, Buffer.from(data));
  }

  async writeAt(key: string, offset: number, data: Buffer): Promise<void> {
    this.machine.change();
    await this.current.writeAt(key, offset, data);
  }

  async truncate(key: string, lengthBytes: number): Promise<void> {
    this.machine.change();
    await this.current.truncate(key, lengthBytes);
  }

  async append(key: string, data: Buffer, options: { expectedLength: number }): Promise<void> {
    this.machine.change();
    await this.current.append(key, data, options);
  }

  async copy(from: string, to: string): Promise<void> {
    this.machine.change();
    await this.current.copy(from, to);
  }

  async delete(key: string): Promise<void> {
    this.machine.change();
    await this.current.delete(key);
  }

  async sync(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.machine.change();
      const data = await this.bytes(key);
      if (data === undefined) this.durable.delete(key);
      else this.durable.set(key, data);
    }
  }

  async close(): Promise<void> {
    // The objects stay for the next start.
  }

  private survivor(
    synced: Buffer | undefined,
    written: Buffer | undefined,
    random: () => number,
  ): Buffer | undefined {
    const choice = random();
    if (choice < 0.4) return synced;
    if (choice < 0.8 || written === undefined) return written;
    const from = synced?.length ?? 0;
    return written.subarray(0, from + Math.floor(random() * Math.max(0, written.length - from)));
  }

  private async bytes(key: string): Promise<Buffer | undefined> {
    try {
      return (await this.current.get(key)).data;
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  private whileOn<T>(fn: () => Promise<T>): Promise<T> {
    this.machine.assertOn();
    return fn();
  }
}
