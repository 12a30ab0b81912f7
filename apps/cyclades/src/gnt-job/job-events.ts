/** From a job, as RAPI shows it, to messages about its opcodes: one for each that is about an instance or a network (ganeti spec 6). Pure. */
import { type Job, jobFailure, type JobSummary, type Opcode } from '@synnefo/ganeti-rapi';
import { type GntEventSource, type JobEvent, TEXT_LIMIT } from '../gnt-event/gnt-event.queue.js';

const OF_INTEREST = /^OP_(INSTANCE|NETWORK)_/;
/** Under this source a trail keeps what the one who submitted the job gave as reason. */
const GNT_USER = 'gnt:user';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Where a job was seen. */
interface Sight {
  readonly backendId: number;
  readonly source: GntEventSource;
  /** What the job is known to be. */
  readonly effectId?: string;
}

/** The messages about a job in its present state, in the order of its opcodes. */
export function jobEvents(job: Job | JobSummary, { backendId, source, effectId }: Sight): JobEvent[] {
  return job.ops.flatMap((op, opIndex) => {
    const objectName = objectOf(op);
    if (objectName === null) return [];
    const status = job.opstatus[opIndex] ?? job.status;
    const entry = 'oplog' in job ? job.oplog[opIndex]?.at(-1)?.[3] : null;
    const failure =
      'opresult' in job ? jobFailure({ opstatus: [status], opresult: [job.opresult[opIndex]] }) : null;
    return {
      kind: 'job',
      source,
      backendId,
      jobId: job.id,
      opIndex,
      opCount: job.ops.length,
      operation: op.OP_ID,
      status,
      objectName,
      effectId: effectId ?? effectOf(op),
      logMessage: cut(typeof entry === 'string' ? entry : null),
      failure: cut(failure?.message ?? null),
    };
  });
}

/** The instance or network that an opcode is about; null for any other. */
export function objectOf(op: Opcode): string | null {
  const name = OF_INTEREST.test(op.OP_ID) ? (op.instance_name ?? op.network_name) : null;
  return typeof name === 'string' ? name : null;
}

/** The effect that a job's reason names. */
function effectOf(op: Opcode): string | null {
  return asEffectId(op.reason?.find(([source]) => source === GNT_USER)?.[1] ?? null);
}

/** @returns the reason when it is the id of an effect; anybody may give any other */
export function asEffectId(reason: string | null): string | null {
  return reason !== null && UUID.test(reason) ? reason : null;
}

/** As much of a text as a message carries. */
export function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, TEXT_LIMIT);
}
