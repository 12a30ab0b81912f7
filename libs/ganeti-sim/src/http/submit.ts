/** From a request to a job: which parameters come from the body, which are fixed by the path, and the reason trail. */
import { nowNs } from '../job/job.js';
import type { JobQueue } from '../job/job-queue.js';
import { fillOpcode } from '../opcode/parameters.js';
import { HttpError } from './http-error.js';

export interface Submission {
  readonly opId: string;
  /** The resource's name in the trail: `gnt:library:rlib2:<resource>`. */
  readonly resource: string;
  readonly query: URLSearchParams;
  /** What the client may set; `undefined` or null is nothing. */
  readonly body: unknown;
  /** What it may not. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** Body keys with another name in the opcode. */
  readonly rename?: Readonly<Record<string, string>>;
}

/** @returns the new job's number. @throws HttpError 400 */
export function submit(queue: JobQueue, submission: Submission): number {
  const params = renamed(asDict(submission.body), submission.rename ?? {});
  const fixed = { ...submission.fixed, reason: trail(submission.query, submission.resource) };
  const overwritten = Object.keys(params).filter((key) => key in fixed);
  if (overwritten.length > 0) {
    throw new HttpError(
      400,
      `Can't overwrite static parameters {${overwritten.map((key) => `'${key}'`).join(', ')}}`,
    );
  }
  return queue.submit([fillOpcode(submission.opId, { ...params, ...fixed })]);
}

/** For resources that take nothing from a body but what all opcodes have. */
export function dependsOnly(body: unknown): Record<string, unknown> {
  const depends = typeof body === 'object' && body !== null && 'depends' in body ? body.depends : undefined;
  return Array.isArray(depends) && depends.length > 0 ? { depends } : {};
}

export function intOf(query: URLSearchParams, name: string): number {
  const text = query.getAll(name).at(-1);
  if (text === undefined) return 0;
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new HttpError(400, `Invalid value for the '${name}' parameter`);
  return Number(text);
}

export function flagOf(query: URLSearchParams, name: string): boolean {
  return intOf(query, name) !== 0;
}

function asDict(body: unknown): Record<string, unknown> {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return { ...body };
  const type = Array.isArray(body)
    ? 'list'
    : ({ string: 'str', number: 'int', boolean: 'bool' }[typeof body as 'string'] ?? typeof body);
  throw new HttpError(400, `Body contents: Type is '${type}', but 'dict' is expected`);
}

function renamed(
  params: Record<string, unknown>,
  rename: Readonly<Record<string, string>>,
): Record<string, unknown> {
  for (const [from, to] of Object.entries(rename)) {
    if (!(from in params)) continue;
    if (to in params)
      throw new HttpError(400, `Parameter '${from}' was renamed to '${to}', but both are specified`);
    params[to] = params[from];
    delete params[from];
  }
  return params;
}

function trail(query: URLSearchParams, resource: string): [string, string, number][] {
  const reason = query.get('reason');
  const own: [string, string, number] = [`gnt:library:rlib2:${resource}`, '', nowNs()];
  return reason === null || reason === '' ? [own] : [['gnt:user', reason, nowNs()], own];
}
