/**
 * The job queue: queued → waiting (dependencies fulfilled, a place free) → running (locks held) → success, error or canceled.
 *
 * After a crash nothing stays half done without an end: what was running ends in `error` (its process is gone, as when a job process of a
 * real cluster dies), what was queued or waiting runs from its beginning.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type FinalStatus, isFinal, type JobDependency, type JobLogEntry } from '@synnefo/ganeti-rapi';
import type { Logger } from '@synnefo/runtime';
import { OpError } from '../opcode/op-error.js';
import { type Job, jobStatus, newTimes, now, nowNs, type OpRecord, type OpTimes } from './job.js';
import type { JobStore } from './job-store.js';
import { Locks } from './locks.js';

/** What the queue must know about an opcode. */
export interface OpRunner {
  summary(op: OpRecord): string;
  /** Names of what the opcode needs alone. */
  locks(op: OpRecord): string[];
  execute(op: OpRecord, log: (text: string) => void): Promise<unknown>;
}

export interface JobQueueOptions {
  readonly store: JobStore;
  readonly runner: OpRunner;
  readonly logger: Logger;
  /** 1: as slow as a real cluster. */
  readonly speed: number;
}

/** A real cluster's `max_running_jobs`. */
const MAX_RUNNING = 20;
const MAX_UNFINISHED = 5000;
/** Ended jobs in the list; older ones are archived, as by Ganeti's watcher. */
const MAX_LISTED = 2000;
/** How long a real job takes to be a process, and to be done, beside its own work. */
const START_DELAY_MS = 350;
const RUN_DELAY_MS = 300;

export class QueueFull extends Error {}

export class JobQueue {
  readonly #jobs = new Map<number, Job>();
  readonly #active = new Map<number, Promise<void>>();
  readonly #cancelRequested = new Set<number>();
  readonly #locks = new Locks();
  readonly #waiters = new Map<number, Set<() => void>>();
  #isStopping = false;

  constructor(private readonly options: JobQueueOptions) {
    for (const job of options.store.load()) this.#jobs.set(job.id, job);
  }

  /** Ends what a crash interrupted and goes on with the rest. */
  start(): void {
    for (const job of this.#jobs.values()) this.#recover(job);
    this.#schedule();
  }

  /** Takes no more jobs and waits for the running ones. */
  async stop(limitMs: number): Promise<void> {
    this.#isStopping = true;
    await Promise.race([Promise.all(this.#active.values()), delay(limitMs, undefined, { ref: false })]);
  }

  /** @returns the job's number, once it is on disk. @throws QueueFull */
  submit(ops: readonly OpRecord[]): number {
    const unfinished = [...this.#jobs.values()].filter((job) => !isFinal(jobStatus(job))).length;
    if (unfinished >= MAX_UNFINISHED) throw new QueueFull('Job queue is full');
    const id = this.options.store.nextId();
    const received = now();
    const job: Job = {
      id,
      ops: ops.map((op, index) => withTrail(op, `job=${id};index=${index}`)),
      opstatus: ops.map(() => 'queued' as const),
      opresult: ops.map(() => null),
      oplog: ops.map(() => []),
      optimes: ops.map(newTimes),
      summary: ops.map((op) => this.options.runner.summary(op)),
      received_ts: received,
      start_ts: null,
      end_ts: null,
    };
    this.options.store.save(job);
    this.#jobs.set(id, job);
    this.#schedule();
    return id;
  }

  /** Jobs that are not archived, by number. */
  list(): Job[] {
    return [...this.#jobs.values()];
  }

  find(id: number): Job | null {
    return this.#jobs.get(id) ?? this.options.store.findArchived(id);
  }

  /** @returns what `DELETE /2/jobs/[id]` answers */
  cancel(id: number): [boolean, string] {
    const job = this.#jobs.get(id);
    if (job === undefined || isFinal(jobStatus(job))) return [false, `Job ${id} not found in queue`];
    if (jobStatus(job) === 'running')
      return [false, "Job no longer waiting, can't cancel (informed it anyway)"];
    if (!this.#active.has(id)) {
      this.#finishRest(job, 'canceled', null);
      this.#schedule();
      return [true, `Dequeued job ${id}`];
    }
    this.#cancelRequested.add(id);
    return [true, 'Job successfully cancelled'];
  }

  /** Waits until `isChanged` holds for the job, or until the limit. */
  async waitFor(id: number, limitMs: number, isChanged: (job: Job) => boolean): Promise<void> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const job = this.find(id);
      const leftMs = deadline - Date.now();
      if (job === null || isFinal(jobStatus(job)) || isChanged(job) || leftMs <= 0) return;
      await this.#nextChange(id, leftMs);
    }
  }

  #nextChange(id: number, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, waiters);
      const done = (): void => {
        clearTimeout(timer);
        waiters.delete(done);
        if (waiters.size === 0) this.#waiters.delete(id);
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      waiters.add(done);
    });
  }

  #recover(job: Job): void {
    const status = jobStatus(job);
    if (status === 'running' || status === 'canceling') {
      this.options.logger.warn({ gntJobId: job.id }, 'job was interrupted by a restart');
      const words = `detected death of job ${job.id}`;
      for (const [index, op] of job.ops.entries()) {
        if (job.opstatus[index] !== 'success')
          op.reason.push(['gnt:daemon:luxid:deathdetection', words, nowNs()]);
      }
      this.#finishRest(job, 'error', words);
    } else if (status === 'waiting') {
      job.opstatus.fill('queued');
      this.#changed(job);
    }
  }

  #schedule(): void {
    if (this.#isStopping) return;
    for (const job of this.#jobs.values()) {
      if (this.#active.size >= MAX_RUNNING) return;
      if (jobStatus(job) !== 'queued' || this.#active.has(job.id) || !this.#areDependenciesMet(job)) continue;
      const work = this.#run(job)
        .catch((error: unknown) =>
          this.options.logger.error({ err: error, gntJobId: job.id }, 'job failed unexpectedly'),
        )
        .finally(() => {
          this.#active.delete(job.id);
          this.#archiveOld();
          this.#schedule();
        });
      this.#active.set(job.id, work);
    }
  }

  /** False while a dependency is open; a dependency that ended otherwise than asked ends the job here. */
  #areDependenciesMet(job: Job): boolean {
    for (const [otherId, wanted] of job.ops.flatMap((op) => op.depends ?? [])) {
      const verdict = this.#checkDependency(otherId, wanted);
      if (verdict === 'met') continue;
      if (verdict === 'canceled') this.#finishRest(job, 'canceled', 'Job canceled by request');
      else if (verdict !== 'open') this.#finishRest(job, 'error', OpError.exec(verdict.failure).result);
      return false;
    }
    return true;
  }

  #checkDependency(id: number, wanted: JobDependency[1]): 'met' | 'open' | 'canceled' | { failure: string } {
    const other = this.find(id);
    if (other === null) return { failure: `Dependency error: Job ${id} not found` };
    const status = jobStatus(other);
    if (!isFinal(status)) return 'open';
    if (wanted.length === 0 || wanted.includes(status)) return 'met';
    if (status === 'canceled') return 'canceled';
    return {
      failure: `Dependency job ${id} finished with status '${status}', not one of '${wanted.join(', ')}' as required`,
    };
  }

  async #run(job: Job): Promise<void> {
    job.opstatus.fill('waiting');
    job.start_ts = null;
    for (const times of job.optimes) times.start = now();
    this.#changed(job);
    await delay(START_DELAY_MS * this.options.speed);
    for (const [index, op] of job.ops.entries()) {
      const release = await this.#locks.acquire(this.options.runner.locks(op));
      try {
        if (this.#cancelRequested.has(job.id))
          return this.#finishRest(job, 'canceled', 'Job canceled by request');
        if (!(await this.#runOp(job, index, op))) return;
      } finally {
        release();
      }
    }
  }

  async #runOp(job: Job, index: number, op: OpRecord): Promise<boolean> {
    job.opstatus[index] = 'running';
    noteTime(job, index, 'exec');
    job.start_ts ??= now();
    this.#changed(job);
    const log = job.oplog[index] ?? [];
    try {
      await delay(RUN_DELAY_MS * this.options.speed);
      const result = await this.options.runner.execute(op, (text) => this.#log(job, log, text));
      job.opresult[index] = result ?? null;
      job.opstatus[index] = 'success';
      noteTime(job, index, 'end');
    } catch (error) {
      if (!(error instanceof OpError))
        this.options.logger.error({ err: error, gntJobId: job.id }, 'opcode failed unexpectedly');
      const failure =
        error instanceof OpError
          ? error
          : OpError.exec(error instanceof Error ? error.message : String(error));
      this.#finishRest(job, 'error', failure.result);
      return false;
    }
    if (index === job.ops.length - 1) job.end_ts = now();
    this.#changed(job);
    return true;
  }

  #log(job: Job, log: JobLogEntry[], text: string): void {
    const serial = job.oplog.reduce((sum, entries) => sum + entries.length, 0) + 1;
    log.push([serial, now(), 'message', text]);
    this.#changed(job);
  }

  /** Ends all opcodes that have not succeeded: the first with `result`, the others too. */
  #finishRest(job: Job, status: FinalStatus, result: unknown): void {
    for (const [index, opStatus] of job.opstatus.entries()) {
      if (opStatus === 'success') continue;
      job.opstatus[index] = status;
      job.opresult[index] = result;
      noteTime(job, index, 'end');
    }
    job.end_ts = now();
    this.#cancelRequested.delete(job.id);
    this.#changed(job);
  }

  #changed(job: Job): void {
    this.options.store.save(job);
    for (const wake of [...(this.#waiters.get(job.id) ?? [])]) wake();
  }

  #archiveOld(): void {
    const ended = [...this.#jobs.values()].filter((job) => isFinal(jobStatus(job)));
    for (const job of ended.slice(0, Math.max(0, ended.length - MAX_LISTED))) {
      this.options.store.archive(job);
      this.#jobs.delete(job.id);
    }
  }
}

function noteTime(job: Job, index: number, what: keyof OpTimes): void {
  const times = job.optimes[index];
  if (times !== undefined) times[what] = now();
}

function withTrail(op: OpRecord, where: string): OpRecord {
  const source = `gnt:opcode:${op.OP_ID.replace(/^OP_/, '').toLowerCase()}`;
  return { ...op, reason: [...op.reason, [source, where, nowNs()]] };
}
