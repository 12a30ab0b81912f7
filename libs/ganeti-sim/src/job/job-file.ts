/**
 * A job as it lies in its file: Ganeti's own format, so that whoever reads a real cluster's queue directory reads this one. Source: the files of Ganeti
 * 3.0.2 (`lib/jqueue`). Files that an earlier version of the simulator wrote are still read.
 */
import type { JobLogEntry, JobStatus } from '@synnefo/ganeti-rapi';
import { type Job, newTimes, type OpRecord, type Timestamp } from './job.js';

interface OpFile {
  readonly input: OpRecord;
  readonly status: JobStatus;
  readonly result: unknown;
  readonly log: JobLogEntry[];
  readonly start_timestamp: Timestamp | null;
  readonly exec_timestamp: Timestamp | null;
  readonly end_timestamp: Timestamp | null;
  readonly priority: number;
}

interface JobFile {
  readonly id: number;
  readonly ops: readonly OpFile[];
  readonly start_timestamp: Timestamp | null;
  readonly end_timestamp: Timestamp | null;
  readonly received_timestamp: Timestamp;
  readonly livelock: string | null;
  readonly process_id: number | null;
}

export function encodeJob(job: Job): string {
  const ops = job.ops.map((input, index) => ({
    input,
    status: job.opstatus[index],
    result: job.opresult[index] ?? null,
    log: job.oplog[index] ?? [],
    start_timestamp: job.optimes[index]?.start ?? null,
    exec_timestamp: job.optimes[index]?.exec ?? null,
    end_timestamp: job.optimes[index]?.end ?? null,
    priority: input.priority,
  }));
  return JSON.stringify({
    id: job.id,
    ops,
    start_timestamp: job.start_ts,
    end_timestamp: job.end_ts,
    received_timestamp: job.received_ts,
    livelock: null,
    process_id: null,
  });
}

/** @param summary what RAPI shows of an opcode; it is in no file */
export function decodeJob(text: string, summary: (op: OpRecord) => string): Job {
  // Written by the simulator alone, whole or not at all.
  const file = JSON.parse(text) as JobFile | Omit<Job, 'optimes'>;
  if ('opstatus' in file) return { ...file, optimes: file.ops.map(newTimes) };
  return {
    id: file.id,
    ops: file.ops.map((op) => op.input),
    opstatus: file.ops.map((op) => op.status),
    opresult: file.ops.map((op) => op.result),
    oplog: file.ops.map((op) => op.log),
    optimes: file.ops.map((op) => ({
      start: op.start_timestamp,
      exec: op.exec_timestamp,
      end: op.end_timestamp,
    })),
    summary: file.ops.map((op) => summary(op.input)),
    received_ts: file.received_timestamp,
    start_ts: file.start_timestamp,
    end_ts: file.end_timestamp,
  };
}
