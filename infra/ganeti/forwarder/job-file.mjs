// From a file of Ganeti's job queue to messages. The file is one JSON object, replaced whole at each change:
//
//   {"id": 73, "ops": [{"input": {"OP_ID": …, …}, "status": "success", "result": …, "log": [[serial, [s, us], type, text], …], "priority": 0,
//     "start_timestamp": [s, us] | null, "exec_timestamp": …, "end_timestamp": …}], "received_timestamp": [s, us], "start_timestamp": …,
//    "end_timestamp": …, "livelock": …, "process_id": …}
//
// Statuses: queued, waiting, canceling, running; canceled, success, error. Source: Ganeti 3.0.2, `lib/jqueue`; which opcodes are told and how: ganeti
// spec 6. Left out on purpose: instance_nics, instance_disks and instance_hvparams. They are not in the job file, and Cyclades reads them from RAPI
// when a job's end needs them. Pure.

const FINAL = new Set(['canceled', 'success', 'error']);
const TEXT_LIMIT = 4_000;
/** A result or an opcode's input beyond this is left out. */
const FIELD_LIMIT = 64 * 1024;
const HEARTBEAT = /^snf:eventd:heartbeat/;
/** Never sent. */
const SECRET = new Set(['osparams_private', 'osparams_secret']);
const LISTS = ['nics', 'disks', 'hvparams', 'beparams'];
const NETWORK_FIELDS = ['subnet', 'gateway', 'add_reserved_ips', 'remove_reserved_ips', 'group_name'];

export function isFinal(status) {
  return FINAL.has(status);
}

/** The state of each opcode. */
export function statusesOf(job) {
  return job.ops.map((op) => op.status);
}

/**
 * Messages about the opcodes whose state is another than `told`.
 * @param told list of states by opcode, as of the last message; empty for a new job
 */
export function messagesOf(job, { cluster, told = [] }) {
  return job.ops.flatMap((op, opIndex) => {
    if (op.status === told[opIndex]) return [];
    const own = ownFields(op);
    return own === null ? [] : [{ ...own, ...sharedFields(job, opIndex), cluster }];
  });
}

/** What the family of the opcode adds; null for opcodes that nobody is told of. */
function ownFields({ input, status }) {
  const { OP_ID: operation } = input;
  if (operation.startsWith('OP_INSTANCE_') && typeof input.instance_name === 'string')
    return instanceFields(input, status);
  if (operation === 'OP_TAGS_SET' || operation === 'OP_TAGS_DEL') return tagFields(input, status);
  if (operation.startsWith('OP_NETWORK_') && typeof input.network_name === 'string') {
    const job_fields = Object.fromEntries(NETWORK_FIELDS.map((field) => [field, input[field] ?? null]));
    return { type: 'ganeti-network-status', network: input.network_name, job_fields };
  }
  return operation === 'OP_CLUSTER_SET_PARAMS' ? { type: 'ganeti-cluster-status' } : null;
}

function instanceFields(input, status) {
  const { OP_ID: operation, instance_name: instance } = input;
  const hasFields = operation === 'OP_INSTANCE_SET_PARAMS' || operation === 'OP_INSTANCE_CREATE';
  const isFailedCreate = operation === 'OP_INSTANCE_CREATE' && status === 'error';
  const lists = () => Object.fromEntries(LISTS.map((list) => [list, input[list] ?? []]));
  const job_fields = isFailedCreate
    ? limited(withoutSecrets(input), {})
    : hasFields
      ? limited(lists(), {})
      : {};
  const tags = operation === 'OP_INSTANCE_CREATE' ? (input.tags ?? []) : [];
  return { type: 'ganeti-op-status', instance, job_fields, tags };
}

function tagFields(input, status) {
  if (input.kind === 'cluster' && (input.tags ?? []).some((tag) => HEARTBEAT.test(tag)))
    return input.dry_run && status === 'waiting' ? { type: 'eventd-heartbeat' } : null;
  if (input.kind !== 'instance' || !isFinal(status)) return null;
  const job_fields = { dry_run: input.dry_run ?? false };
  return { type: 'ganeti-op-status', instance: input.name, job_fields, tags: input.tags ?? [] };
}

function sharedFields(job, opIndex) {
  const op = job.ops[opIndex];
  const text = op.log?.at(-1)?.[3];
  return {
    operation: op.input.OP_ID,
    status: op.status,
    jobId: job.id,
    opIndex,
    opCount: job.ops.length,
    effect: reasonOf(op.input),
    logmsg: typeof text === 'string' ? text.slice(0, TEXT_LIMIT) : null,
    result: limited(op.result ?? null, null),
    event_time: eventTime(job, op),
  };
}

/** What the one who submitted the job gave as reason. */
function reasonOf({ reason }) {
  const given = (reason ?? []).find(([source]) => source === 'gnt:user');
  return typeof given?.[1] === 'string' && given[1] !== '' ? given[1].slice(0, TEXT_LIMIT) : null;
}

function eventTime(job, op) {
  const times = {
    queued: job.received_timestamp,
    waiting: op.start_timestamp,
    canceling: op.start_timestamp,
    running: op.exec_timestamp,
  };
  const time = isFinal(op.status) ? op.end_timestamp : times[op.status];
  return time ?? job.end_timestamp ?? job.received_timestamp ?? [0, 0];
}

function limited(value, otherwise) {
  return JSON.stringify(value).length > FIELD_LIMIT ? otherwise : value;
}

function withoutSecrets(input) {
  return Object.fromEntries(Object.entries(input).filter(([name]) => !SECRET.has(name)));
}
