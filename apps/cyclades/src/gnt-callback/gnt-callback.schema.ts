/** Messages that a Ganeti master sends. Source: ganeti spec 6.1, 6.2, 6.3, 7; `effect`, `opIndex`, `opCount` and `wake-up` are ours. */
import { JOB_STATUSES } from '@synnefo/ganeti-rapi';
import { z } from 'zod';

const MAX_MESSAGES = 100;

const name = z.string().min(1).max(255);
const eventTime = z.tuple([z.number().int().min(0), z.number().int().min(0).max(999_999)]);

const ofOpcode = {
  operation: z.string().regex(/^OP_[A-Z_]{1,61}$/),
  status: z.enum(JOB_STATUSES),
  jobId: z.number().int().min(1),
  /** A message without it is about a job of one opcode. */
  opIndex: z.number().int().min(0).max(32_767).default(0),
  opCount: z.number().int().min(1).max(32_768).default(1),
  /** The reason that the job was submitted with. */
  effect: z.string().nullish(),
  logmsg: z.string().nullish(),
  /** The opcode's result; of a failed one `[class, [text, code]]`. */
  result: z.unknown(),
  event_time: eventTime,
};

const nic = z.object({ name: z.string().max(255).nullish(), mac: z.string().max(32).nullish() });

const opStatus = z.object({
  type: z.literal('ganeti-op-status'),
  instance: name,
  ...ofOpcode,
  instance_nics: z.array(nic).max(256).optional(),
});

const networkStatus = z.object({ type: z.literal('ganeti-network-status'), network: name, ...ofOpcode });

const clusterStatus = z.object({ type: z.literal('ganeti-cluster-status'), status: z.enum(JOB_STATUSES) });

const wakeUp = z.object({
  type: z.literal('wake-up'),
  object: z.enum(['instance', 'network']),
  name,
  operation: z.string().regex(/^OP_[A-Z_]{1,61}$/),
});

const ofProgress = { instance: name, event_time: eventTime };
const messages = z.union([z.string(), z.array(z.string())]).nullish();
const stderr = z.string().nullish();

const copyProgress = z.object({
  type: z.literal('image-copy-progress'),
  ...ofProgress,
  /** May exceed 100: it counts what was read ahead too. */
  progress: z.number().min(0),
});

const imageText = z.object({
  type: z.enum(['image-info', 'image-warning', 'image-error']),
  ...ofProgress,
  messages,
  stderr,
});

const imageHelper = z.object({
  type: z.literal('image-helper'),
  ...ofProgress,
  subtype: z.string().max(50).nullish(),
  task: z.string().nullish(),
  messages,
  stderr,
});

const known = z.discriminatedUnion('type', [
  opStatus,
  networkStatus,
  clusterStatus,
  wakeUp,
  copyProgress,
  imageText,
  imageHelper,
]);

const KNOWN_TYPES: ReadonlySet<string> = new Set([
  'ganeti-op-status',
  'ganeti-network-status',
  'ganeti-cluster-status',
  'wake-up',
  'image-copy-progress',
  'image-info',
  'image-warning',
  'image-error',
  'image-helper',
]);

/** A message of a kind that is not known here: logged and taken. */
const unknown = z
  .looseObject({ type: z.string().min(1).max(64) })
  .transform(({ type }) => ({ type: 'unknown' as const, named: type }));

const message = z.looseObject({ type: z.string() }).transform((value, context) => {
  const parsed = (KNOWN_TYPES.has(value.type) ? known : unknown).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message: words } of parsed.error.issues)
    context.addIssue({ code: 'custom', path, message: words });
  return z.NEVER;
});

export const gntMessagesSchema = z.object({ messages: z.array(message).min(1).max(MAX_MESSAGES) });

export type GntMessage = z.infer<typeof gntMessagesSchema>['messages'][number];
export type StatusMessage = z.infer<typeof opStatus> | z.infer<typeof networkStatus>;
export type ImageMessage = z.infer<typeof imageText> | z.infer<typeof imageHelper>;
