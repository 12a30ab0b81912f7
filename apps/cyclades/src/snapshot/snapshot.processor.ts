import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { SnapshotLeftovers } from './snapshot-leftovers.js';
import { snapshotLeftoversQueue } from './snapshot.queue.js';

const EVERY_MS = 10_000;

/** Queue side of snapshots: in the worker only. */
@Injectable()
export class SnapshotProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly queues: QueueBackend,
    private readonly leftovers: SnapshotLeftovers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.consume(snapshotLeftoversQueue, () => this.#run(), { concurrency: 1 });
    this.queues.schedule(snapshotLeftoversQueue, {}, { everyMs: EVERY_MS });
  }

  async #run(): Promise<void> {
    await this.leftovers.run().catch((err: unknown) => {
      this.logger.warn({ err }, 'leftovers of snapshots not looked for, will be tried again');
    });
  }
}
