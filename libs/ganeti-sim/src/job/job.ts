/** A job of the queue, as RAPI shows it. Statuses and their order are Ganeti's. */
import type { JobDependency, JobLogEntry, JobStatus, ReasonItem } from '@synnefo/ganeti-rapi';

export interface OpRecord {
  dry_run?: boolean;
  debug_level: number;
  priority: number;
  depends: readonly JobDependency[] | null;
  comment: string | null;
  reason: ReasonItem[];
  OP_ID: string;
  [parameter: string]: unknown;
}

/** Seconds and microseconds. */
export type Timestamp = [number, number];

/** When an opcode began to wait for its locks, when it had them, when it ended. RAPI does not show these. */
export interface OpTimes {
  start: Timestamp | null;
  exec: Timestamp | null;
  end: Timestamp | null;
}

export function newTimes(): OpTimes {
  return { start: null, exec: null, end: null };
}

export interface Job {
  readonly id: number;
  readonly ops: OpRecord[];
  readonly opstatus: JobStatus[];
  readonly opresult: unknown[];
  readonly oplog: JobLogEntry[][];
  readonly optimes: OpTimes[];
  readonly summary: string[];
  readonly received_ts: Timestamp;
  start_ts: Timestamp | null;
  end_ts: Timestamp | null;
}

/** Now, as Ganeti writes it: seconds and microseconds. */
export function now(): Timestamp {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return [Math.floor(microseconds / 1_000_000), microseconds % 1_000_000];
}

/** Now in nanoseconds, for reason trails: beyond 2^53, so the last digits are not exact. */
export function nowNs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) * 1000;
}

/** The job's status: that of its first opcode which is neither done nor failed, else of the whole. */
export function jobStatus(job: Pick<Job, 'opstatus'>): JobStatus {
  const open = job.opstatus.find((status) => status !== 'success');
  return open ?? 'success';
}

const EMPTY = {
  ops: null,
  status: null,
  summary: null,
  opstatus: null,
  received_ts: null,
  start_ts: null,
  end_ts: null,
};

/** 200 with nulls: how 3.0.2 answers an unknown number. */
export function unknownJobView(id: number): Record<string, unknown> {
  return { id, ...EMPTY, oplog: null, opresult: null };
}

export function jobSummaryView(job: Job): Record<string, unknown> {
  return {
    id: job.id,
    ops: job.ops,
    status: jobStatus(job),
    summary: job.summary,
    opstatus: job.opstatus,
    received_ts: job.received_ts,
    start_ts: job.start_ts,
    end_ts: job.end_ts,
  };
}

export function jobView(job: Job): Record<string, unknown> {
  return { ...jobSummaryView(job), oplog: job.oplog, opresult: job.opresult };
}
