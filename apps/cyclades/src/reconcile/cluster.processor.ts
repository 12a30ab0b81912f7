import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { EndedJobs } from '../gnt-job/ended-jobs.js';
import { ReconcileClusters } from './reconcile-clusters.js';
import { ReconcileVolumes } from './reconcile-volumes.js';
import { reconcileClustersQueue, reconcileObjectQueue, reconcileVolumesQueue } from './reconcile.queue.js';

const EVERY_MS = 15_000;
const VOLUMES_EVERY_MS = 60_000;
const OBJECTS_AT_ONCE = 4;

/** Comparison with clusters and store: of all from time to time, and of one object on demand. */
@Injectable()
export class ClusterProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly queues: QueueBackend,
    private readonly clusters: ReconcileClusters,
    private readonly volumes: ReconcileVolumes,
    private readonly endedJobs: EndedJobs,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.consume(reconcileClustersQueue, () => this.#round(), { concurrency: 1 });
    this.queues.consume(reconcileVolumesQueue, () => this.volumes.run(), { concurrency: 1 });
    this.queues.consume(reconcileObjectQueue, (object) => this.clusters.runOne(object), {
      concurrency: OBJECTS_AT_ONCE,
    });
    this.queues.schedule(reconcileClustersQueue, {}, { everyMs: EVERY_MS });
    this.queues.schedule(reconcileVolumesQueue, {}, { everyMs: VOLUMES_EVERY_MS });
  }

  async #round(): Promise<void> {
    await this.endedJobs
      .run()
      .catch((err: unknown) => this.logger.warn({ err }, 'ended jobs not looked for'));
    await this.clusters.run();
  }
}
