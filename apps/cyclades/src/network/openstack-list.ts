import { BadRequest } from '@synnefo/api';

/*
 * Lists of the OpenStack network API (compute spec 9.3): filters are exact and by attribute, repeated ones mean "or", unknown ones are ignored; `fields` selects attributes; `limit`
 * and `marker` page.
 */

export type ListQuery = Readonly<Record<string, string | string[] | undefined>>;
type View = Readonly<Record<string, unknown>>;

/** The reply of a list call: `{"networks": […], "networks_links": […]}`. @throws BadRequest for a bad limit or an unknown marker */
export function openstackList(
  collection: string,
  views: readonly View[],
  query: ListQuery,
  url: string,
): Record<string, unknown> {
  const matching = views.filter((view) =>
    Object.entries(query).every(([key, value]) => matches(view, key, all(value))),
  );
  const sorted = sort(matching, all(query.sort_key), all(query.sort_dir));
  const marker = all(query.marker)[0];
  const start = marker === undefined ? 0 : sorted.findIndex((view) => view.id === marker) + 1;
  if (marker !== undefined && start === 0) throw new BadRequest(`Marker ${marker} could not be found.`);
  const limit = limitOf(all(query.limit)[0]);
  const page = sorted.slice(start, limit === null ? undefined : start + limit);
  const reply: Record<string, unknown> = {
    [collection]: page.map((view) => select(view, all(query.fields))),
  };
  const last = page.at(-1);
  if (limit !== null && last !== undefined && start + limit < sorted.length) {
    reply[`${collection}_links`] = [{ rel: 'next', href: nextUrl(url, query, String(last.id)) }];
  }
  return reply;
}

const CONTROL_KEYS = ['fields', 'limit', 'marker', 'sort_key', 'sort_dir', 'page_reverse'];

function matches(view: View, key: string, values: readonly string[]): boolean {
  if (CONTROL_KEYS.includes(key) || values.length === 0) return true;
  if (key === 'fixed_ips') return values.every((value) => matchesFixedIp(view.fixed_ips, value));
  if (!Object.hasOwn(view, key)) return true;
  const actual = view[key];
  if (typeof actual === 'boolean') return values.some((value) => isTrue(value) === actual);
  if (Array.isArray(actual))
    return values.every((value) => value.split(',').every((item) => actual.includes(item)));
  return values.includes(textOf(actual));
}

/** `fixed_ips=ip_address=10.0.0.4` or `fixed_ips=subnet_id=…`. */
function matchesFixedIp(fixedIps: unknown, filter: string): boolean {
  const at = filter.indexOf('=');
  const [key, value] = [filter.slice(0, at), filter.slice(at + 1)];
  const items: unknown[] = Array.isArray(fixedIps) ? fixedIps : [];
  return items.some(
    (item) =>
      typeof item === 'object' &&
      item !== null &&
      Object.entries(item).some(([name, text]) => name === key && text === value),
  );
}

function sort(views: readonly View[], keys: readonly string[], directions: readonly string[]): View[] {
  const signs = keys.map((_, index) => (directions[index] === 'desc' ? -1 : 1));
  return [...views].sort((a, b) => {
    for (const [index, key] of keys.entries()) {
      const order = textOf(a[key]).localeCompare(textOf(b[key])) * (signs[index] ?? 1);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function select(view: View, fields: readonly string[]): View {
  if (fields.length === 0) return view;
  return Object.fromEntries(Object.entries(view).filter(([key]) => fields.includes(key)));
}

function limitOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw new BadRequest(`Invalid limit '${text}'.`);
  return limit === 0 ? null : limit;
}

function nextUrl(url: string, query: ListQuery, marker: string): string {
  const next = new URL(url);
  for (const [key, value] of Object.entries(query))
    for (const item of all(value)) next.searchParams.append(key, item);
  next.searchParams.set('marker', marker);
  return next.href;
}

/** Only texts and numbers compare; null is the empty text. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function isTrue(text: string): boolean {
  return ['true', '1', 'yes'].includes(text.toLowerCase());
}

function all(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
