import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { SnapshotLeftovers } from './snapshot-leftovers.js';
import { snapshotLeftoversQueue } from './snapshot.queue.js';

const EVERY_MS = 10_000;

/** Queue side of snapshots: in the worker only. */
@Injectable()
export class SnapshotProcessor implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly queues: QueueBackend,
    private readonly leftovers: SnapshotLeftovers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.queues.consume(snapshotLeftoversQueue, () => this.#run(), { concurrency: 1 });
    await this.#schedule();
    // The schedule lives in the queue, which may lose it.
    this.#timer = setInterval(() => void this.#schedule(), EVERY_MS);
  }

  onApplicationShutdown(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #run(): Promise<void> {
    await this.leftovers.run().catch((err: unknown) => {
      this.logger.warn({ err }, 'leftovers of snapshots not looked for, will be tried again');
    });
  }

  async #schedule(): Promise<void> {
    try {
      await this.queues.schedule(snapshotLeftoversQueue, {}, { everyMs: EVERY_MS });
    } catch (err) {
      this.logger.warn({ err }, 'schedule not set, will be tried again');
    }
  }
}
