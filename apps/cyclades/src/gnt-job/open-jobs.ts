/** Looks through RAPI at the Ganeti jobs of open effects, and puts what it sees into the queue that messages of a cluster go to as well. */
import { Inject, Injectable } from '@nestjs/common';
import { isFinal, type Job, type JobSummary, type RapiClient } from '@synnefo/ganeti-rapi';
import { type Producer, QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { BackendPool } from '../backend/backend-pool.js';
import { LOGGER } from '../core/tokens.js';
import type { EffectEntity } from '../effect/effect.entity.js';
import {
  type GntEvent,
  type GntEventSource,
  gntEventQueue,
  type JobEvent,
} from '../gnt-event/gnt-event.queue.js';
import { Naming } from '../installation/naming.js';
import { jobEvents } from './job-events.js';
import { lostJobStatus, operationOf } from './lost-job.js';

/** From this many jobs of one cluster on, one list is cheaper than a request for each. */
const BULK_FROM = 8;

/** Which cluster is looked at, and on whose behalf. */
interface Sight {
  readonly backendId: number;
  readonly source: GntEventSource;
}

@Injectable()
export class OpenJobs {
  readonly #events: Producer<GntEvent>;

  constructor(
    queues: QueueBackend,
    private readonly backends: BackendPool,
    private readonly naming: Naming,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#events = queues.producer(gntEventQueue);
  }

  /** Looks at the jobs of these effects now. A cluster that does not answer is logged and left for the next time. */
  async look(effects: readonly EffectEntity[], source: GntEventSource): Promise<void> {
    await Promise.all(this.lookEach(effects, source).map(([, look]) => look));
  }

  /** As `look`, without waiting for all: a cluster that is slow to answer need not hold up the others. @returns by cluster, the end of the look at it */
  lookEach(
    effects: readonly EffectEntity[],
    source: GntEventSource,
  ): [backendId: number, look: Promise<void>][] {
    const byBackend = new Map<number, EffectEntity[]>();
    for (const effect of effects) {
      if (effect.backendId === null) continue;
      byBackend.set(effect.backendId, [...(byBackend.get(effect.backendId) ?? []), effect]);
    }
    return [...byBackend].map(([backendId, some]) => [backendId, this.#lookAt(some, { backendId, source })]);
  }

  async #lookAt(effects: EffectEntity[], sight: Sight): Promise<void> {
    try {
      const rapi = await this.backends.client(sight.backendId);
      const known =
        effects.length < BULK_FROM ? null : new Map((await rapi.jobs()).map((job) => [job.id, job]));
      for (const effect of effects) await this.#lookAtJob(rapi, effect, { ...sight, known });
    } catch (err) {
      this.logger.warn({ err, backendId: sight.backendId }, 'ganeti jobs not followed');
    }
  }

  async #lookAtJob(
    rapi: RapiClient,
    effect: EffectEntity,
    { known, ...sight }: Sight & { readonly known: Map<number, JobSummary> | null },
  ): Promise<void> {
    const { jobId } = effect;
    if (jobId === null) return;
    const summary = known?.get(jobId);
    const job = summary !== undefined && !isFinal(summary.status) ? summary : await rapi.findJob(jobId);
    if (job === null) await this.#events.add(await this.#lostJob(rapi, { ...sight, effect, jobId }));
    else await this.#tell(effect, job, sight);
  }

  /** A message is worth sending when the job moved; the last one until it was applied. */
  async #tell(effect: EffectEntity, job: Job | JobSummary, sight: Sight): Promise<void> {
    if (!isFinal(job.status) && job.status === effect.jobStatus) return;
    for (const event of jobEvents(job, { ...sight, effectId: effect.id })) await this.#events.add(event);
  }

  /** The cluster does not know the job any more: what the instance looks like decides. */
  async #lostJob(
    rapi: RapiClient,
    { effect, jobId, ...sight }: Sight & { readonly effect: EffectEntity; readonly jobId: number },
  ): Promise<JobEvent> {
    const name = effect.objectType === 'server' ? this.naming.server(Number(effect.objectId)) : null;
    const instance = name === null ? null : await rapi.findInstance(name);
    this.logger.warn({ effectId: effect.id, gntJobId: jobId }, 'ganeti job lost');
    return {
      kind: 'job',
      ...sight,
      jobId,
      opIndex: 0,
      opCount: 1,
      operation: operationOf(effect.action),
      status: lostJobStatus(effect.action, instance),
      objectName: name,
      effectId: effect.id,
      logMessage: null,
      failure: 'the cluster has lost the job',
    };
  }
}
