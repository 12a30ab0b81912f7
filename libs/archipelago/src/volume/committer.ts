import type { Store } from '../driver/store.js';
import { VolumeFailed } from '../errors.js';
import type { Head } from '../format/head.js';
import type { Journal, Segment } from '../journal/journal.js';
import type { BlockMap } from '../mapper/block-map.js';
import { levelFor } from '../mapper/page-tree.js';
import type { Catalogue } from '../resource/catalogue.js';
import { Serial } from './serial.js';

export interface CommitterParts {
  readonly blocks: Store;
  readonly catalogue: Catalogue;
  readonly map: BlockMap;
  readonly journal: Journal;
}

/** A checkpoint whose data and records are durable; the pages and the head are still to be written. */
export interface BegunCheckpoint {
  readonly segment: Segment;
  readonly head: Head;
}

export interface CheckpointSteps {
  /** Runs the first half, `begin` of the committer, in its own surroundings. */
  readonly begin?: () => Promise<BegunCheckpoint>;
  /** Runs between pages and head. Its failure is thrown at the end and does not end the volume. */
  readonly beforeHead?: (head: Head) => Promise<void>;
}

/** What one round makes durable. */
interface Captured {
  readonly objects: readonly string[];
  readonly segment: Segment;
  readonly records: Buffer;
}

/** Blocks of a resource. */
export function blockCount(head: Pick<Head, 'sizeBytes' | 'blockSizeBytes'>): number {
  return Math.ceil(head.sizeBytes / head.blockSizeBytes);
}

/**
 * Makes an open volume's changes durable in the order of archipelago spec §6.5.1: data objects, journal records, pages,
 * head. A failure leaves the state of cached data unknown, so it ends the volume until it is reopened (§6.5.4).
 */
export class Committer {
  /** The head as of now in memory; stored at the next checkpoint. */
  head: Head;
  private dirty = new Set<string>();
  private failure: VolumeFailed | null = null;
  private joined: Promise<void> | null = null;
  private readonly rounds = new Serial();
  private readonly checkpoints = new Serial();

  constructor(
    private readonly parts: CommitterParts,
    head: Head,
    private tag: string,
  ) {
    this.head = head;
  }

  /** Throws once the volume has failed. */
  assertHealthy(): void {
    if (this.failure !== null) throw this.failure;
  }

  get hasFailed(): boolean {
    return this.failure !== null;
  }

  /** An object has data that is not synced. Call it before the write is answered. */
  markDirty(key: string): void {
    this.dirty.add(key);
  }

  /** Makes everything answered before durable; calls that arrive before the round begins share it. */
  flush(): Promise<void> {
    this.joined ??= this.rounds.run(async () => {
      this.joined = null;
      await this.store(this.capture());
    });
    return this.joined;
  }

  /** Writes changed pages and the head, and removes the journal behind them. */
  async checkpoint(steps: CheckpointSteps = {}): Promise<void> {
    await this.checkpoints.run(async () => {
      const begun = await (steps.begin ?? (() => this.begin()))();
      await this.finish(begun, steps.beforeHead ?? (() => Promise.resolve()));
    });
  }

  /** First half of a checkpoint: fixes what it will contain and makes data and records durable. */
  begin(): Promise<BegunCheckpoint> {
    return this.rounds.run(async () => {
      const { map, journal } = this.parts;
      const captured = this.capture();
      map.freeze();
      journal.rotate();
      const head = { ...this.head, journalSeq: journal.nextSequence };
      await this.store(captured);
      return { segment: captured.segment, head };
    });
  }

  /** Ends the volume: nothing can be known to be durable any more. */
  fail(cause: unknown): VolumeFailed {
    this.failure ??= new VolumeFailed('the volume has failed, reopen it', { cause });
    return this.failure;
  }

  private capture(): Captured {
    this.assertHealthy();
    const objects = [...this.dirty];
    this.dirty = new Set();
    return { objects, ...this.parts.journal.takeUncommitted() };
  }

  private async store({ objects, segment, records }: Captured): Promise<void> {
    await this.orFail(async () => {
      await this.parts.blocks.sync(objects);
      await segment.commit(records);
    });
  }

  private async finish(begun: BegunCheckpoint, beforeHead: (head: Head) => Promise<void>): Promise<void> {
    this.assertHealthy();
    const head = await this.orFail(async () => {
      const { root, level } = await this.parts.map.writeFrozen(levelFor(blockCount(begun.head)));
      return { ...begun.head, root, rootLevel: level, modifiedMs: Date.now() };
    });
    const [outcome] = await Promise.allSettled([beforeHead(head)]);
    await this.orFail(async () => {
      this.tag = await this.parts.catalogue.replace(head, this.tag);
      const { epoch, floor, sizeBytes, fullyHashed } = this.head;
      this.head = { ...head, epoch, floor, sizeBytes, fullyHashed };
      await begun.segment.discard();
    });
    if (outcome.status === 'rejected') throw outcome.reason;
  }

  private async orFail<T>(fn: () => Promise<T>): Promise<T> {
    try {
      return await fn();
    } catch (error) {
      throw this.fail(error);
    }
  }
}
