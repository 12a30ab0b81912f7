import { z } from 'zod';

/** Ganeti spells `canceled` with one l. */
export const JOB_STATUSES = [
  'queued',
  'waiting',
  'canceling',
  'running',
  'canceled',
  'success',
  'error',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const FINAL_STATUSES = ['canceled', 'success', 'error'] as const;
export type FinalStatus = (typeof FINAL_STATUSES)[number];

/** @returns whether a job of this status has ended */
export function isFinal(status: JobStatus): status is FinalStatus {
  return (FINAL_STATUSES as readonly string[]).includes(status);
}

const status = z.enum(JOB_STATUSES);
/** Seconds and microseconds since the epoch, of the master's clock: never compare it with our own. */
const timestamp = z.tuple([z.number().int(), z.number().int()]);
export type GntTimestamp = z.infer<typeof timestamp>;

/** Who asked, why, and when (nanoseconds since the epoch; beyond 2^53, so only roughly right). */
const reasonItem = z.tuple([z.string(), z.string(), z.number()]);
export type ReasonItem = z.infer<typeof reasonItem>;

const opcode = z.looseObject({ OP_ID: z.string(), reason: z.array(reasonItem).optional() });
/** An opcode as the job carries it: `OP_ID` and its parameters. */
export type Opcode = z.infer<typeof opcode>;

const logEntry = z.tuple([z.number().int(), timestamp, z.string(), z.unknown()]);
/** `[serial, time, type, text]` */
export type JobLogEntry = z.infer<typeof logEntry>;

const summaryFields = {
  id: z.number().int(),
  status,
  summary: z.array(z.string()),
  ops: z.array(opcode),
  opstatus: z.array(status),
  received_ts: timestamp.nullable(),
  start_ts: timestamp.nullable(),
  end_ts: timestamp.nullable(),
};

/** A job in a bulk list: without log and results. */
export const jobSummarySchema = z.object(summaryFields);
export type JobSummary = z.infer<typeof jobSummarySchema>;

/** A job: entry i of `opstatus`, `opresult` and `oplog` belongs to `ops[i]`. Source: RAPI, `/2/jobs/[job_id]`. */
export const jobSchema = z.object({
  ...summaryFields,
  opresult: z.array(z.unknown()),
  oplog: z.array(z.array(logEntry)),
});
export type Job = z.infer<typeof jobSchema>;

/** An unknown number is answered with 200 and every other field null (3.0.2), by older versions with 404. */
export const unknownJobSchema = z.object({ id: z.number().int(), status: z.null() });

export const jobIdSchema = z.number().int().positive();
export const cancelSchema = z.tuple([z.boolean(), z.string()]);

/** Null: nothing changed within the server's own limit. */
export const waitSchema = z
  .object({ job_info: z.array(z.unknown()).nullable(), log_entries: z.array(logEntry).nullable() })
  .nullable();
export type JobChange = z.infer<typeof waitSchema>;

/** Why an opcode failed: `OpPrereqError` (nothing was changed) with a code, `OpExecError` (half done), … */
export interface OpFailure {
  readonly type: string;
  readonly message: string;
  /** `already_exists`, `unknown_entity`, `wrong_state`, …; only some errors have one. */
  readonly code: string | null;
}

const failureValue = z.tuple([z.string(), z.array(z.unknown())]);

/** @returns the first failure among the job's results; null when there is none. Source: Ganeti `errors.py`, `EncodeException` */
export function jobFailure(job: Pick<Job, 'opstatus' | 'opresult'>): OpFailure | null {
  const failedAt = job.opstatus.indexOf('error');
  if (failedAt < 0) return null;
  const value = job.opresult[failedAt];
  const parsed = failureValue.safeParse(value);
  if (!parsed.success)
    return {
      type: 'unknown',
      message: typeof value === 'string' ? value : JSON.stringify(value),
      code: null,
    };
  const [type, [message, code]] = parsed.data;
  return {
    type,
    message: typeof message === 'string' ? message : JSON.stringify(message ?? null),
    code: typeof code === 'string' ? code : null,
  };
}
