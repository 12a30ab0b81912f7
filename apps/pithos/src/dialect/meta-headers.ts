import { BadRequest } from '@synnefo/api';

import type { Dialect } from './dialect.js';
import { canonicalName, encodeHeader, encodeHeaderName, percentDecode } from './header-text.js';
import { parseLocation } from './request-path.js';
import type { RequestHeaders } from './store-request.js';

/** Limits of storage spec §1.1.3; the Swift mount counts names without their prefix (§9.2, trap a). */
export const META_LIMITS = { items: 32, headers: 90, nameLength: 128, valueLength: 256 } as const;

export type MetaLevel = 'account' | 'container' | 'object';

/** Object headers that are kept as metadata beside `X-Object-Meta-*`. */
const OBJECT_HEADERS = ['content-encoding', 'content-disposition', 'x-object-manifest'] as const;

/**
 * User metadata among the request headers: stored key → value; '' means "delete" where items are merged.
 * `X-Remove-<Level>-Meta-<Name>` counts as an empty value.
 * @throws BadRequest beyond the limits
 */
export function metaFromHeaders(
  headers: RequestHeaders,
  level: MetaLevel,
  dialect: Dialect,
): Record<string, string> {
  const prefix = `x-${level}-meta-`;
  const found: Record<string, string> = {};
  const given = headers.withPrefix(prefix);
  if (given.length > META_LIMITS.headers) throw new BadRequest('Too many headers.');
  for (const [name, value] of given) {
    if (name.length === prefix.length) throw new BadRequest('Metadata name cannot be empty.');
    checkItem(dialect === 'swift' ? name.slice(prefix.length) : name, value);
    found[canonicalName(name)] = dialect === 'pithos' ? value.replace(/~/g, '') : value;
  }
  for (const [name] of headers.withPrefix(`x-remove-${level}-meta-`)) {
    found[canonicalName(`x-${name.slice('x-remove-'.length)}`)] = '';
  }
  return level === 'object' ? { ...found, ...keptHeaders(headers) } : found;
}

/** @throws BadRequest on a manifest that names no parts */
function keptHeaders(headers: RequestHeaders): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of OBJECT_HEADERS) {
    const value = headers.get(name);
    if (name === 'x-object-manifest' && value && !parseLocation(percentDecode(value)))
      throw new BadRequest('X-Object-Manifest must be in the format container/prefix');
    if (value !== undefined) found[canonicalName(name)] = value;
  }
  return found;
}

/** `previous` with `changes` laid over it; an empty value deletes. @throws BadRequest beyond 32 items */
export function mergeMeta(
  previous: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
): Record<string, string> {
  const merged = new Map(Object.entries(previous));
  for (const [key, value] of Object.entries(changes)) {
    if (value === '') merged.delete(key);
    else merged.set(key, value);
  }
  if (merged.size > META_LIMITS.items) throw new BadRequest('Too many metadata items.');
  return Object.fromEntries(merged);
}

function checkItem(name: string, value: string): void {
  if (name.length > META_LIMITS.nameLength) throw new BadRequest('Header name too large.');
  if (value.length > META_LIMITS.valueLength) throw new BadRequest('Header value too large.');
}

/** Stored metadata as response headers. */
export function metaHeaders(
  meta: Readonly<Record<string, string>>,
  dialect: Dialect,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(meta).map(([key, value]) => [encodeHeaderName(key), encodeHeader(value, dialect)]),
  );
}
