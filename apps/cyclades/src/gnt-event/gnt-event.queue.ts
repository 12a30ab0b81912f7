import { JOB_STATUSES } from '@synnefo/ganeti-rapi';
import { defineQueue } from '@synnefo/queue';
import { z } from 'zod';

/** One message about one opcode of one Ganeti job, from whoever saw it (ganeti spec 6). */
export const gntEventSchema = z.strictObject({
  backendId: z.number().int(),
  jobId: z.number().int().min(1),
  opIndex: z.number().int().min(0),
  operation: z.string().max(64),
  status: z.enum(JOB_STATUSES),
  /** The name of the instance or network. */
  objectName: z.string().max(255).nullable(),
  /** The job's reason, when it is one of ours. */
  effectId: z.uuid().nullable(),
  /** The last line of the job's log. */
  logMessage: z.string().max(4_000).nullable(),
  /** Why it failed. */
  failure: z.string().max(4_000).nullable(),
  /** The instance's NICs after a successful job, in index order. */
  nics: z.array(z.strictObject({ name: z.string().nullable(), mac: z.string().nullable() })).optional(),
});

export type GntEvent = z.infer<typeof gntEventSchema>;

export const gntEventQueue = defineQueue({
  name: 'cyclades.gnt-event',
  payload: gntEventSchema,
  jobId: ({ backendId, jobId, opIndex, status }) => `gnt-event-${backendId}-${jobId}-${opIndex}-${status}`,
  attempts: 5,
  backoffMs: 500,
});
