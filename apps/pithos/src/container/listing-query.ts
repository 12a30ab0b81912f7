import { BadRequest, PreconditionFailed } from '@synnefo/api';

import type { Dialect } from '../dialect/dialect.js';

/** Largest page of a listing (storage spec §1.1.3). */
export const LIST_LIMIT = 10_000;

export interface ListingQuery {
  readonly limit: number;
  /** Exclusive; null: from the start. */
  readonly marker: string | null;
  readonly endMarker: string | null;
  readonly prefix: string;
  /** '' for none. */
  readonly delimiter: string;
  /** Only objects directly at this level, and no virtual folders (`path=`). */
  readonly hidesFolders: boolean;
  readonly isReverse: boolean;
}

/**
 * Reads the query of a listing; the dialects differ as storage spec §9.1 says.
 * @throws PreconditionFailed on a limit too large (Swift); BadRequest on a NUL
 */
export function parseListingQuery(query: URLSearchParams, dialect: Dialect): ListingQuery {
  assertText(query);
  const path = query.get('path');
  const folder = path === null ? null : folderPrefix(path);
  const delimiter = folder === null ? (query.get('delimiter') ?? '') : '/';
  return {
    limit: parseLimit(query.get('limit'), dialect),
    marker: query.get('marker') || null,
    endMarker: query.get('end_marker') || null,
    prefix: folder ?? prefixOf(query.get('prefix') ?? '', delimiter, dialect),
    delimiter,
    hidesFolders: folder !== null,
    isReverse:
      dialect === 'swift' &&
      ['true', 'yes', 'on', '1', 't', 'y'].includes(query.get('reverse')?.toLowerCase() ?? ''),
  };
}

function assertText(query: URLSearchParams): void {
  for (const [name, value] of query)
    if (value.includes('\0')) throw new BadRequest(`Bad character in ${name}.`);
}

function folderPrefix(path: string): string {
  return path === '' || path === '/' ? '' : `${path.replace(/\/$/, '')}/`;
}

/** Compat: Pithos strips leading slashes and lists inside a prefix that lacks the delimiter at its end. */
function prefixOf(prefix: string, delimiter: string, dialect: Dialect): string {
  if (dialect === 'swift') return prefix;
  const bare = prefix.replace(/^\/+/, '');
  return bare === '' || delimiter === '' || bare.endsWith(delimiter) ? bare : bare + delimiter;
}

function parseLimit(text: string | null, dialect: Dialect): number {
  const limit = /^\d+$/.test(text ?? '') ? Number(text) : NaN;
  if (dialect === 'swift') {
    if (limit > LIST_LIMIT) throw new PreconditionFailed(`Maximum limit is ${LIST_LIMIT}`);
    return Number.isNaN(limit) ? LIST_LIMIT : limit;
  }
  return Number.isNaN(limit) || limit === 0 ? LIST_LIMIT : Math.min(limit, LIST_LIMIT);
}
