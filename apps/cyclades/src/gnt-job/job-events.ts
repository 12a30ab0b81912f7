import { type Job, jobFailure, type JobSummary } from '@synnefo/ganeti-rapi';
import type { GntEvent } from '../gnt-event/gnt-event.queue.js';

/** Longest text that a message carries. */
const TEXT_LIMIT = 4_000;

/** The message about a job of one opcode, as all of ours are, in its present state. */
export function jobEvent(backendId: number, effectId: string, job: Job | JobSummary): GntEvent {
  const op = job.ops[0];
  const name = op?.instance_name ?? op?.network_name;
  return {
    backendId,
    jobId: job.id,
    opIndex: 0,
    operation: op?.OP_ID ?? 'UNKNOWN',
    status: job.status,
    objectName: typeof name === 'string' ? name : null,
    effectId,
    logMessage: cut('oplog' in job ? lastLogLine(job) : null),
    failure: cut('opresult' in job ? (jobFailure(job)?.message ?? null) : null),
  };
}

function lastLogLine(job: Job): string | null {
  const text = job.oplog[0]?.at(-1)?.[3];
  return typeof text === 'string' ? text : null;
}

function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, TEXT_LIMIT);
}
