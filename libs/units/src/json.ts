/** What `toJson` can write: JSON values and bigint. */
export type Json = string | number | bigint | boolean | null | undefined | Json[] | { [key: string]: Json };

/**
 * Writes JSON in which a bigint is a bare integer of any size (a quota limit is 2^63−1, beyond a JavaScript number).
 * Otherwise the same as `JSON.stringify`: `undefined` members are left out, dates and other objects go by `toJSON`.
 * @throws TypeError when the value has a cycle
 */
export function toJson(value: unknown): string {
  return holdsBigint(value, 0) ? write(value) : JSON.stringify(value);
}

const DEPTH_LIMIT = 200;

function holdsBigint(value: unknown, depth: number): boolean {
  if (typeof value === 'bigint') return true;
  if (typeof value !== 'object' || value === null) return false;
  if (depth > DEPTH_LIMIT) throw new TypeError('JSON value is nested too deeply');
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => holdsBigint(member, depth + 1));
}

function write(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map((member) => write(member ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null || hasToJson(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join(',')}}`;
}

function hasToJson(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
