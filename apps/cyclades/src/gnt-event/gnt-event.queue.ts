import { JOB_STATUSES } from '@synnefo/ganeti-rapi';
import { defineQueue } from '@synnefo/queue';
import { z } from 'zod';

/** Who may tell of a job: the cluster's event forwarder, a hook's wake-up, the job follower, or whoever looks for jobs that nobody told of. */
export const GNT_EVENT_SOURCES = ['forwarder', 'hook', 'follower', 'reconciliation'] as const;
export type GntEventSource = (typeof GNT_EVENT_SOURCES)[number];

/** Longest text that a message keeps. */
export const TEXT_LIMIT = 4_000;

const text = z.string().max(TEXT_LIMIT);
const objectName = z.string().max(255);

/** The state of one opcode of one Ganeti job, from whoever saw it (ganeti spec 6.1, 6.2). */
const jobEventSchema = z.strictObject({
  kind: z.literal('job'),
  source: z.enum(GNT_EVENT_SOURCES),
  backendId: z.number().int(),
  jobId: z.number().int().min(1),
  /** Which of the job's opcodes, and how many they are: they run in order, and after one has failed none does. */
  opIndex: z.number().int().min(0),
  opCount: z.number().int().min(1),
  operation: z.string().max(64),
  status: z.enum(JOB_STATUSES),
  /** The name of the instance or network. */
  objectName: objectName.nullable(),
  /** The job's reason, when it is one of ours. */
  effectId: z.uuid().nullable(),
  /** The last line of the opcode's log. */
  logMessage: text.nullable(),
  /** Why it failed. */
  failure: text.nullable(),
  /** All NICs of the instance, in index order, as they are after the job; absent when whoever saw the job did not look. */
  nics: z
    .array(z.strictObject({ name: z.string().max(255).nullable(), mac: z.string().max(32).nullable() }))
    .max(256)
    .optional(),
});

/** What an instance's installation has to tell (ganeti spec 7). */
const buildProgressSchema = z.strictObject({
  kind: z.literal('build-progress'),
  backendId: z.number().int(),
  objectName,
  /** `[seconds, microseconds]` of the master's clock: tells messages apart, nothing else. */
  eventTime: z.tuple([z.number().int(), z.number().int()]),
  progress: z.discriminatedUnion('what', [
    z.strictObject({ what: z.literal('copied'), percent: z.number().int().min(0).max(100) }),
    z.strictObject({
      what: z.literal('diagnostic'),
      level: z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR']),
      source: z.string().max(100),
      message: z.string().max(255),
      details: text.nullable(),
    }),
  ]),
});

const gntEventSchema = z.discriminatedUnion('kind', [jobEventSchema, buildProgressSchema]);

export type JobEvent = z.infer<typeof jobEventSchema>;
export type BuildProgress = z.infer<typeof buildProgressSchema>;
export type GntEvent = z.infer<typeof gntEventSchema>;

export const gntEventQueue = defineQueue({
  name: 'cyclades.gnt-event',
  payload: gntEventSchema,
  jobId: queueJobId,
  attempts: 5,
  backoffMs: 500,
});

/** One a fact: whoever else tells it while it waits adds nothing. */
function queueJobId(event: GntEvent): string {
  if (event.kind === 'job')
    return `gnt-event-${event.backendId}-${event.jobId}-${event.opIndex}-${event.status}`;
  const { backendId, objectName: name, eventTime, progress } = event;
  const what = progress.what === 'copied' ? 'copied' : progress.source;
  return `build-progress-${backendId}-${name}-${eventTime.join('-')}-${what}`.replaceAll(':', '_');
}
