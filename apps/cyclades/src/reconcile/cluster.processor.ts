import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { EndedJobs } from '../gnt-job/ended-jobs.js';
import { ReconcileClusters } from './reconcile-clusters.js';
import { reconcileClustersQueue, reconcileObjectQueue } from './reconcile.queue.js';

const EVERY_MS = 15_000;
const OBJECTS_AT_ONCE = 4;

/** Comparison with the clusters: of all in turn, and of one object on demand. */
@Injectable()
export class ClusterProcessor implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly queues: QueueBackend,
    private readonly clusters: ReconcileClusters,
    private readonly endedJobs: EndedJobs,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.queues.consume(reconcileClustersQueue, () => this.#round(), { concurrency: 1 });
    this.queues.consume(reconcileObjectQueue, (object) => this.clusters.runOne(object), {
      concurrency: OBJECTS_AT_ONCE,
    });
    await this.#schedule();
    // The schedule lives in the queue, which may lose it.
    this.#timer = setInterval(() => void this.#schedule(), EVERY_MS);
  }

  onApplicationShutdown(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #round(): Promise<void> {
    await this.endedJobs
      .run()
      .catch((err: unknown) => this.logger.warn({ err }, 'ended jobs not looked for'));
    await this.clusters.run();
  }

  async #schedule(): Promise<void> {
    try {
      await this.queues.schedule(reconcileClustersQueue, {}, { everyMs: EVERY_MS });
    } catch (err) {
      this.logger.warn({ err }, 'schedule not set, will be tried again');
    }
  }
}
