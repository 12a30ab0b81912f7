import { type Job, jobSummaryView, jobView, unknownJobView } from '../job/job.js';
import { HttpError } from './http-error.js';
import type { Handler } from './call.js';
import { flagOf } from './submit.js';

/** How long 3.0.2 lets a wait hang; then it answers with what has not changed. */
const WAIT_LIMIT_MS = 10_000;

export const listJobs: Handler = ({ queue }, call) =>
  flagOf(call.query, 'bulk')
    ? queue.list().map(jobSummaryView)
    : queue.list().map(({ id }) => ({ id, uri: `/2/jobs/${id}` }));

export const getJob: Handler = ({ queue }, { names: [text] }) => {
  const id = Number(text);
  const job = queue.find(id);
  return job === null ? unknownJobView(id) : jobView(job);
};

/** A GET with a body: answers at once when a field or the log differs from what the caller knows, or when the job has ended. */
export const waitForJob: Handler = async ({ queue }, { names: [text], body }) => {
  const id = Number(text);
  const { fields, previousInfo, previousSerial } = parseWait(body);
  const job = queue.find(id);
  if (job === null) throw new HttpError(500, "Can't load job file undefined");
  const infoOf = (one: Job): unknown[] => infoFields(one, fields);
  const entriesOf = (one: Job): unknown[] => one.oplog.flat().filter(([serial]) => serial > previousSerial);
  const isChanged = (one: Job): boolean => !isEqual(infoOf(one), previousInfo) || entriesOf(one).length > 0;
  await queue.waitFor(id, WAIT_LIMIT_MS, isChanged);
  const after = queue.find(id) ?? job;
  return { job_info: infoOf(after), log_entries: entriesOf(after) };
};

function parseWait(body: unknown): { fields: string[]; previousInfo: unknown; previousSerial: number } {
  if (typeof body !== 'object' || body === null)
    throw new HttpError(500, "'NoneType' object is not subscriptable");
  const given = body as Record<string, unknown>; // an object of unknown content
  for (const name of ['fields', 'previous_job_info', 'previous_log_serial']) {
    if (!(name in given)) throw new HttpError(400, `Required parameter '${name}' is missing`);
  }
  if (!Array.isArray(given.fields)) throw new HttpError(400, "The 'fields' parameter should be a list");
  const serial = given.previous_log_serial;
  return {
    fields: given.fields.map(String),
    previousInfo: given.previous_job_info,
    previousSerial: typeof serial === 'number' ? serial : -1,
  };
}

/** One unknown field, and none is answered. */
function infoFields(job: Job, fields: readonly string[]): unknown[] {
  const view = jobView(job);
  const areKnown = fields.every((field) => field in view);
  return fields.map((field) => (areKnown ? view[field] : null));
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
