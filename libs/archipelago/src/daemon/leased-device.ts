/**
 * A volume as one node's clients see it, wherever its lease is.
 *
 * While this node holds the lease, requests go to the open volume. During a live migration two nodes serve the volume, and the lease
 * follows the writer:
 *
 * | request | the lease is free | another node holds it |
 * | --- | --- | --- |
 * | read, flush | the volume is opened here | the holder does it |
 * | write, trim, zeroes | the volume is opened here | the holder is asked to close it, then it is opened here |
 *
 * Guarantees: a read sees every write answered before it on either node, since at any time one open volume serves both; never do two
 * nodes have it open, since opening takes the lease, whose holder alone gives it up; a request that finds no holder to ask waits, and
 * fails after `PATIENCE_MS`. Called by `ExportedVolume`, whose clients share it.
 *
 * Source: archipelago spec 5.6 (live migration) and 6.9; QEMU's migration: the source has flushed and writes no more before the target's
 * first write.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { BlockDevice, DurabilityOptions, Extent, Volume, WriteZeroesOptions } from '../block-device.js';
import { Busy, VolumeFailed } from '../errors.js';
import type { Peer } from '../lease/peer.js';
import { Gate } from '../volume/gate.js';
import { Serial } from '../volume/serial.js';

/** How long a request waits for a lease: an archipelagod that died may take some seconds to come back. */
const PATIENCE_MS = 20_000;
const RETRY_MS = 50;

export interface LeasedDeviceParts {
  readonly name: string;
  readonly readOnly: boolean;
  /** Takes the lease. @throws Busy while somebody else holds it */
  openVolume(): Promise<Volume>;
  /** Who holds the lease, this process aside. */
  holder(): Promise<Peer | null>;
}

/** What a request found out without being served. */
const ELSEWHERE = Symbol('the volume is not open here');

export class LeasedDevice implements BlockDevice {
  /** Open here: this node has the lease. */
  private volume: Volume | null = null;
  /** Requests that the open volume serves are inside. */
  private readonly gate = new Gate();
  /** Opening and closing. */
  private readonly changes = new Serial();
  private taking: Promise<void> | null = null;
  /** Why the volume could not be closed: what was answered may not be durable. */
  private failure: VolumeFailed | null = null;
  /** Counts the interruptions. */
  private interruptions = 0;
  /** A live migration is announced: requests may be served elsewhere, and move the lease. */
  isShared = false;

  constructor(
    private readonly parts: LeasedDeviceParts,
    /** Told to clients that come while the volume is open elsewhere. */
    public sizeElsewhere: number,
  ) {}

  get isHere(): boolean {
    return this.volume !== null;
  }

  get readOnly(): boolean {
    return this.parts.readOnly;
  }

  get sizeBytes(): number {
    return this.volume?.sizeBytes ?? this.sizeElsewhere;
  }

  readNow(offset: number, target: Buffer): 'data' | 'zero' | null {
    return this.gate.isOpen ? (this.volume?.readNow?.(offset, target) ?? null) : null;
  }

  writeNow(offset: number, data: Buffer): boolean {
    return this.gate.isOpen && (this.volume?.writeNow?.(offset, data) ?? false);
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const found = await this.ifHere((volume) => volume.read(offset, length));
    if (found !== ELSEWHERE) return found;
    return this.retry(async () => {
      const here = await this.ifHere((volume) => volume.read(offset, length));
      if (here !== ELSEWHERE) return here;
      const peer = await this.peer();
      if (peer !== null) return peer.read(offset, length);
      await this.open();
      return ELSEWHERE;
    });
  }

  async flush(): Promise<void> {
    const flush = (volume: Volume): Promise<void> => volume.flush();
    if ((await this.ifHere(flush)) !== ELSEWHERE) return;
    await this.retry(async () => {
      if ((await this.ifHere(flush)) !== ELSEWHERE) return;
      if (this.failure !== null) throw this.failure;
      const peer = await this.peer();
      if (peer !== null) return peer.flush();
      await this.open();
      return ELSEWHERE;
    });
  }

  write(offset: number, data: Buffer, options?: DurabilityOptions): Promise<void> {
    return this.change((volume) => volume.write(offset, data, options));
  }

  trim(offset: number, length: number, options?: DurabilityOptions): Promise<void> {
    return this.change((volume) => volume.trim(offset, length, options));
  }

  writeZeroes(offset: number, length: number, options?: WriteZeroesOptions): Promise<void> {
    return this.change((volume) => volume.writeZeroes(offset, length, options));
  }

  /** What is open elsewhere counts as data, which is never wrong. */
  async extents(offset: number, length: number): Promise<Extent[]> {
    const found = await this.ifHere((volume) => volume.extents(offset, length));
    return found === ELSEWHERE ? [{ length, state: 'data' }] : found;
  }

  /** Runs `fn` on the volume if it is open here; nothing closes it meanwhile. @returns null when it is not */
  async useHere<T>(fn: (volume: Volume) => Promise<T>): Promise<{ readonly result: T } | null> {
    const result = await this.ifHere(fn);
    return result === ELSEWHERE ? null : { result };
  }

  /** Opens the volume here, once whoever has it has given it up. @throws Busy when nobody does within `patienceMs` */
  take(patienceMs = PATIENCE_MS): Promise<void> {
    this.taking ??= this.takeOver(patienceMs).finally(() => (this.taking = null));
    return this.taking;
  }

  /**
   * Closes the volume, after what is under way, and gives the lease up; `mayLeave` is asked when its turn has come.
   * @throws VolumeFailed when what was answered may not be durable; the lease is given up all the same
   */
  leave(mayLeave: () => boolean = () => true): Promise<void> {
    return this.changes.run(async () => {
      if (this.volume === null || !mayLeave()) return;
      await this.gate.alone(async () => {
        const volume = this.volume;
        this.volume = null;
        this.sizeElsewhere = volume?.sizeBytes ?? this.sizeElsewhere;
        await volume?.close().catch((error: unknown) => {
          this.failure = new VolumeFailed('closing the volume failed', { cause: error });
          throw this.failure;
        });
      });
    });
  }

  /** Requests that wait for the lease now fail soon. */
  interrupt(): void {
    this.interruptions += 1;
  }

  private ifHere<T>(fn: (volume: Volume) => Promise<T>): Promise<T | typeof ELSEWHERE> {
    return this.gate.pass<T | typeof ELSEWHERE>(() =>
      this.volume === null ? Promise.resolve(ELSEWHERE) : fn(this.volume),
    );
  }

  private async change(fn: (volume: Volume) => Promise<void>): Promise<void> {
    if ((await this.ifHere(fn)) !== ELSEWHERE) return;
    await this.retry(async () => {
      if ((await this.ifHere(fn)) !== ELSEWHERE) return;
      this.assertShared();
      await this.take();
      return ELSEWHERE;
    });
  }

  private async takeOver(patienceMs: number): Promise<void> {
    await this.retry(async (attempt) => {
      try {
        return await this.open();
      } catch (error) {
        if (!(error instanceof Busy)) throw error;
        const peer = await this.parts.holder();
        if (peer === null) throw error;
        await peer.release({ shared: this.isShared });
        // It may still be sealing a snapshot, so wait for it the next time.
        if (attempt > 0) throw error;
        return ELSEWHERE;
      }
    }, patienceMs);
  }

  private open(): Promise<void> {
    return this.changes.run(async () => {
      this.volume ??= await this.parts.openVolume();
      this.failure = null;
    });
  }

  private peer(): Promise<Peer | null> {
    this.assertShared();
    return this.parts.holder();
  }

  private assertShared(): void {
    if (!this.isShared) throw new NotHere(this.parts.name);
  }

  /** Calls `fn` until it has an answer other than ELSEWHERE; after Busy, a little later. @throws Busy when the time is over */
  private async retry<T>(
    fn: (attempt: number) => Promise<T | typeof ELSEWHERE>,
    patienceMs = PATIENCE_MS,
  ): Promise<T> {
    const deadline = Date.now() + patienceMs;
    const before = this.interruptions;
    for (let attempt = 0; ; attempt += 1) {
      if (this.interruptions !== before) throw new NotHere(this.parts.name);
      try {
        const result = await fn(attempt);
        if (result !== ELSEWHERE) return result;
      } catch (error) {
        const isWorthwhile = error instanceof Busy && !(error instanceof NotHere);
        if (!isWorthwhile || Date.now() >= deadline) throw error;
        await delay(RETRY_MS);
      }
    }
  }
}

/** No migration is announced, so the lease stays where it is. */
class NotHere extends Busy {
  constructor(name: string) {
    super(`volume ${name} is open on another node, or closed on this one`, { resource: name });
  }
}
