/**
 * Follows the Ganeti jobs of one object to their end, through RAPI's long poll, and tells their ends. Which jobs: the one that we know to be under way
 * with this operation; else (somebody else's job, or one whose number is not known yet) all of the object's jobs that have not ended, or whose end
 * nobody has told.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import { isFinal, JobTimeout, type JobSummary, type RapiClient, RapiError } from '@synnefo/ganeti-rapi';
import { type Producer, QueueBackend } from '@synnefo/queue';
import { BackendPool } from '../backend/backend-pool.js';
import { type GntEvent, gntEventQueue } from '../gnt-event/gnt-event.queue.js';
import { Naming } from '../installation/naming.js';
import type { GntWakeUp } from './gnt-wake-up.queue.js';
import { jobEvents, objectOf } from './job-events.js';
import { operationOf } from './lost-job.js';

/** Ends of old that nobody told: only the newest say anything about the object. */
const UNTOLD_LIMIT = 5;

interface Wait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

@Injectable()
export class FollowObject {
  readonly #events: Producer<GntEvent>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly backends: BackendPool,
    private readonly naming: Naming,
    queues: QueueBackend,
  ) {
    this.#events = queues.producer(gntEventQueue);
  }

  /** @returns false when a job has not ended within the time. @throws what RAPI throws */
  async toTheEnd(wakeUp: GntWakeUp, wait: Wait): Promise<boolean> {
    const rapi = await this.backends.client(wakeUp.backendId);
    const known = await this.#underWay(rapi, wakeUp);
    const jobs = known.length > 0 ? known : await this.#untold(rapi, wakeUp);
    const ends = await Promise.all(jobs.map((jobId) => this.#follow(rapi, { ...wakeUp, jobId }, wait)));
    return ends.every((hasEnded) => hasEnded);
  }

  async #follow(
    rapi: RapiClient,
    { backendId, jobId }: { backendId: number; jobId: number },
    wait: Wait,
  ): Promise<boolean> {
    try {
      const job = await rapi.waitForJob(jobId, wait);
      for (const event of jobEvents(job, { backendId, source: 'hook' })) await this.#events.add(event);
      return true;
    } catch (error) {
      if (error instanceof JobTimeout) return false;
      if (error instanceof RapiError && error.isNotFound) return true; // archived: found as a lost job
      throw error;
    }
  }

  /** Jobs of our effects that do this operation now: one that still waits did not call the hook. */
  async #underWay(rapi: RapiClient, wakeUp: GntWakeUp): Promise<number[]> {
    const serverId = this.naming.serverId(wakeUp.objectName);
    if (serverId === null) return [];
    const rows: { job_id: string; action: string }[] = await this.dataSource.query(OPEN_JOBS, [
      String(serverId),
      wakeUp.backendId,
    ]);
    const ids = rows.flatMap((row) =>
      operationOf(row.action) === wakeUp.operation ? [Number(row.job_id)] : [],
    );
    const jobs = await Promise.all(ids.map((id) => rapi.findJob(id)));
    return jobs.flatMap((job) =>
      job !== null && (job.status === 'running' || isFinal(job.status)) ? [job.id] : [],
    );
  }

  async #untold(rapi: RapiClient, { backendId, objectName }: GntWakeUp): Promise<number[]> {
    const isAbout = (job: JobSummary) => job.ops.some((op) => objectOf(op) === objectName);
    const jobs = (await rapi.jobs()).filter(isAbout);
    const ended = jobs.filter((job) => isFinal(job.status)).map(({ id }) => id);
    const told: { job_id: string }[] = await this.dataSource.query(TOLD, [backendId, ended]);
    const known = new Set(told.map((row) => Number(row.job_id)));
    const untold = ended.filter((id) => !known.has(id)).sort((a, b) => a - b);
    const open = jobs.filter((job) => !isFinal(job.status)).map(({ id }) => id);
    return [...untold.slice(-UNTOLD_LIMIT), ...open];
  }
}

const OPEN_JOBS = `
SELECT job_id, action FROM effect
 WHERE object_type = 'server' AND object_id = $1 AND backend_id = $2 AND state = 'SUBMITTED' AND finished_at IS NULL ORDER BY seq`;

const TOLD = `
SELECT DISTINCT job_id FROM gnt_event WHERE backend_id = $1 AND job_id = ANY($2) AND status IN ('success', 'error', 'canceled')`;
