/**
 * Follows the Ganeti jobs of open effects to their end, where nothing on the cluster tells us: polls RAPI, and puts what it sees into the queue that
 * event messages of a cluster go to as well. Any number of workers share the jobs; each job is looked at by one of them about once in `JOB_EVERY_MS`.
 * What is lost on the way (a message, the whole queue) is seen again at the next look, for the effect stays open until the message is applied.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { isFinal, type Job, type JobSummary, type RapiClient } from '@synnefo/ganeti-rapi';
import { type Producer, QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { BackendPool } from '../backend/backend-pool.js';
import { LOGGER } from '../core/tokens.js';
import type { EffectEntity } from '../effect/effect.entity.js';
import { EffectClaims } from '../effect/effect-claims.js';
import { type GntEvent, gntEventQueue } from '../gnt-event/gnt-event.queue.js';
import { Naming } from '../installation/naming.js';
import { jobEvent } from './job-events.js';
import { lostJobStatus, operationOf } from './lost-job.js';

const ROUND_EVERY_MS = 250;
const JOB_EVERY_MS = 600;
const JOBS_PER_ROUND = 200;
/** From this many jobs of one cluster on, one list is cheaper than a request for each. */
const BULK_FROM = 8;

@Injectable()
export class JobFollower implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #events: Producer<GntEvent>;
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    queues: QueueBackend,
    private readonly effects: EffectClaims,
    private readonly backends: BackendPool,
    private readonly naming: Naming,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#events = queues.producer(gntEventQueue);
  }

  onApplicationBootstrap(): void {
    this.#next();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
  }

  #next(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#round = this.follow()
        .catch((err: unknown) => this.logger.warn({ err }, 'jobs not followed'))
        .finally(() => this.#next());
    }, ROUND_EVERY_MS);
  }

  /** One round over the jobs that are due. */
  async follow(): Promise<void> {
    const open = await this.effects.takeOpenJobs(JOB_EVERY_MS, JOBS_PER_ROUND);
    const byBackend = new Map<number, EffectEntity[]>();
    for (const effect of open) {
      if (effect.backendId === null) continue;
      byBackend.set(effect.backendId, [...(byBackend.get(effect.backendId) ?? []), effect]);
    }
    await Promise.all([...byBackend].map(([backendId, effects]) => this.#followBackend(backendId, effects)));
  }

  async #followBackend(backendId: number, effects: EffectEntity[]): Promise<void> {
    try {
      const rapi = await this.backends.client(backendId);
      const known =
        effects.length < BULK_FROM ? null : new Map((await rapi.jobs()).map((job) => [job.id, job]));
      for (const effect of effects) await this.#followJob(rapi, effect, known);
    } catch (err) {
      this.logger.warn({ err, backendId }, 'ganeti jobs not followed');
    }
  }

  async #followJob(
    rapi: RapiClient,
    effect: EffectEntity,
    known: Map<number, JobSummary> | null,
  ): Promise<void> {
    if (effect.jobId === null || effect.backendId === null) return;
    const summary = known?.get(effect.jobId);
    if (summary !== undefined && !isFinal(summary.status))
      return this.#tell(effect, jobEvent(effect.backendId, effect.id, summary));
    const job = await rapi.findJob(effect.jobId);
    const event = job === null ? await this.#lostJob(rapi, effect) : await this.#complete(rapi, effect, job);
    return this.#tell(effect, event);
  }

  /** A message is worth sending when the job moved; the last one until it was applied. */
  async #tell(effect: EffectEntity, event: GntEvent): Promise<void> {
    if (!isFinal(event.status) && event.status === effect.jobStatus) return;
    await this.#events.add(event);
  }

  /** Adds what the instance looks like after the job. */
  async #complete(rapi: RapiClient, effect: EffectEntity, job: Job): Promise<GntEvent> {
    if (effect.backendId === null) throw new Error(`effect ${effect.id} has no backend`);
    const event = jobEvent(effect.backendId, effect.id, job);
    if (event.objectName === null) return event;
    if (event.operation === 'OP_INSTANCE_CREATE' && job.status === 'success')
      return this.#withNics(rapi, event, event.objectName);
    const isRemoved = event.operation === 'OP_INSTANCE_REMOVE' && job.status === 'error';
    if (isRemoved && (await rapi.findInstance(event.objectName)) === null)
      return { ...event, status: 'success' };
    return event;
  }

  async #withNics(rapi: RapiClient, event: GntEvent, instanceName: string): Promise<GntEvent> {
    const instance = await rapi.findInstance(instanceName);
    if (instance === null) return event;
    return {
      ...event,
      nics: instance['nic.names'].map((name, index) => ({ name, mac: instance['nic.macs'][index] ?? null })),
    };
  }

  /** The cluster does not know the job any more: what the instance looks like decides. */
  async #lostJob(rapi: RapiClient, effect: EffectEntity): Promise<GntEvent> {
    if (effect.backendId === null || effect.jobId === null) throw new Error(`effect ${effect.id} has no job`);
    const name = effect.objectType === 'server' ? this.naming.server(Number(effect.objectId)) : null;
    const instance = name === null ? null : await rapi.findInstance(name);
    this.logger.warn({ effectId: effect.id, gntJobId: effect.jobId }, 'ganeti job lost');
    const event: GntEvent = {
      backendId: effect.backendId,
      jobId: effect.jobId,
      opIndex: 0,
      operation: operationOf(effect.action),
      status: lostJobStatus(effect.action, instance),
      objectName: name,
      effectId: effect.id,
      logMessage: null,
      failure: 'the cluster has lost the job',
    };
    return event.operation === 'OP_INSTANCE_CREATE' && instance !== null && name !== null
      ? this.#withNics(rapi, event, name)
      : event;
  }
}
