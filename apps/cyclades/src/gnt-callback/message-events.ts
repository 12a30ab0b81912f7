/** From a master's messages to what the queue carries. Source: ganeti spec 6 and 7, compute spec 3.8.7. Pure. */
import { jobFailure } from '@synnefo/ganeti-rapi';
import type { BuildProgress, JobEvent } from '../gnt-event/gnt-event.queue.js';
import { asEffectId, cut } from '../gnt-job/job-events.js';
import type { GntMessage, ImageMessage, StatusMessage } from './gnt-callback.schema.js';

type Diagnostic = Extract<BuildProgress['progress'], { what: 'diagnostic' }>;

const MESSAGE_LIMIT = 255;
const TASK_EVENTS: ReadonlySet<string> = new Set(['task-start', 'task-end']);

export function jobEvent(backendId: number, message: StatusMessage): JobEvent {
  const { status, result } = message;
  const failure = jobFailure({ opstatus: [status], opresult: [result] });
  const nics = message.type === 'ganeti-op-status' ? message.instance_nics : undefined;
  return {
    kind: 'job',
    source: 'forwarder',
    backendId,
    jobId: message.jobId,
    opIndex: message.opIndex,
    opCount: message.opCount,
    operation: message.operation,
    status,
    objectName: message.type === 'ganeti-op-status' ? message.instance : message.network,
    effectId: asEffectId(message.effect ?? null),
    logMessage: cut(message.logmsg ?? null),
    failure: cut(failure?.message ?? null),
    ...(nics === undefined
      ? {}
      : { nics: nics.map(({ name, mac }) => ({ name: name ?? null, mac: mac ?? null })) }),
  };
}

export function buildProgress(
  backendId: number,
  message: ImageMessage | Extract<GntMessage, { type: 'image-copy-progress' }>,
): BuildProgress {
  const progress =
    message.type === 'image-copy-progress'
      ? ({ what: 'copied', percent: Math.min(100, Math.trunc(message.progress)) } as const)
      : diagnostic(message);
  const { instance: objectName, event_time: eventTime } = message;
  return { kind: 'build-progress', backendId, objectName, eventTime, progress };
}

function diagnostic(message: ImageMessage): Diagnostic {
  const subtype = message.type === 'image-helper' ? (message.subtype ?? null) : null;
  const source = subtype !== null && TASK_EVENTS.has(subtype) ? `${message.type}-${subtype}` : message.type;
  const task = message.type === 'image-helper' && source !== message.type ? message.task : null;
  const given = Array.isArray(message.messages) ? message.messages.join(' ') : message.messages;
  const text = (task ?? given ?? '').slice(0, MESSAGE_LIMIT);
  return {
    what: 'diagnostic',
    level: levelOf(message.type, subtype),
    source,
    message: text === '' ? words(source) : text,
    details: cut(message.stderr ?? null),
  };
}

function levelOf(type: ImageMessage['type'], subtype: string | null): Diagnostic['level'] {
  if (type === 'image-warning' || subtype === 'warning') return 'WARNING';
  if (type === 'image-error' || subtype === 'error') return 'ERROR';
  return subtype === 'info' ? 'INFO' : 'DEBUG';
}

/** `image-info` → `Image Info`. */
function words(source: string): string {
  return source
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
