/**
 * `/2/query/WHAT`: fields and filters over the same objects that the lists show. Only the fields of those objects exist here; a real
 * cluster has some hundreds more.
 */
import { groupView, instanceView, networkView } from '../cluster/views.js';
import { jobView } from '../job/job.js';
import { HttpError } from './http-error.js';
import { currentNode, type Handler, type RapiCall, type RouteContext } from './call.js';

type Row = Record<string, unknown>;

const OK = 0;
const UNKNOWN_FIELD = 1;

function rows(context: RouteContext, what: string): Row[] {
  const { cluster, guests, queue } = context;
  if (what === 'instance')
    return Object.values(cluster.config.instances).map((one) => instanceView(one, cluster, guests));
  if (what === 'network')
    return Object.values(cluster.config.networks).map((one) => networkView(one, cluster));
  if (what === 'job') return queue.list().map(jobView);
  if (what === 'group') return [groupView(cluster)];
  if (what === 'node') return [currentNode(context)];
  throw new HttpError(404);
}

export const query: Handler = (context, call) => {
  const [what = ''] = call.names;
  const body = typeof call.body === 'object' && call.body !== null ? (call.body as Row) : {};
  const fields = fieldsOf(call, body);
  const filter = body.filter ?? body.qfilter ?? null;
  const found = rows(context, what).filter((row) => filter === null || isMatch(row, filter));
  const cell = (row: Row, field: string): [number, unknown] =>
    field in row ? [OK, row[field]] : [UNKNOWN_FIELD, null];
  return {
    data: found.map((row) => fields.map((field) => cell(row, field))),
    fields: fields.map((field) => definition(field)),
  };
};

export const queryFields: Handler = (context, call) => {
  const [what = ''] = call.names;
  const [row = {}] = rows(context, what);
  const wanted = call.query.get('fields')?.split(',') ?? Object.keys(row).sort();
  return { fields: wanted.map(definition) };
};

function fieldsOf(call: RapiCall, body: Row): string[] {
  const given = body.fields ?? call.query.get('fields')?.split(',');
  if (!Array.isArray(given) || given.length === 0)
    throw new HttpError(400, "Required parameter 'fields' is missing");
  return given.map(String);
}

function definition(name: string): { name: string; title: string; kind: string; doc: string } {
  return { name, title: name, kind: 'other', doc: name };
}

/** Filters: `["=", field, value]`, `["|", …]`, `["&", …]`, `["!", filter]`, `["?", field]`, `["<", …]`, `[">", …]`, … */
function isMatch(row: Row, filter: unknown): boolean {
  if (!Array.isArray(filter)) throw new HttpError(400, 'Invalid filter');
  const [operator, ...operands] = filter as [string, ...unknown[]]; // checked by the cases below
  if (operator === '|') return operands.some((one) => isMatch(row, one));
  if (operator === '&') return operands.every((one) => isMatch(row, one));
  if (operator === '!') return !isMatch(row, operands[0]);
  const [field, wanted] = operands;
  const value = row[String(field)];
  if (operator === '?') return Boolean(value);
  return isMatchByValue(operator, value, wanted);
}

function isMatchByValue(operator: string, value: unknown, wanted: unknown): boolean {
  const order = typeof value === 'number' && typeof wanted === 'number' ? value - wanted : Number.NaN;
  if (operator === '=' || operator === '==') return value === wanted;
  if (operator === '!=') return value !== wanted;
  if (operator === '<') return order < 0;
  if (operator === '>') return order > 0;
  if (operator === '<=') return order <= 0;
  if (operator === '>=') return order >= 0;
  if (operator === '=[]') return Array.isArray(value) && value.includes(wanted);
  throw new HttpError(400, `Unknown filter operator '${operator}'`);
}
