import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { Dialect } from '../dialect/dialect.js';
import type { SharedPaths } from '../sharing/sharing.service.js';
import type { ListingQuery } from './listing-query.js';

export interface ListedObject {
  readonly name: string;
  readonly sizeBytes: number;
  readonly hash: string | null;
  readonly checksum: string;
  readonly contentType: string;
  readonly modifiedAt: string;
  readonly modifiedBy: string;
  readonly uuid: string;
  readonly serial: string;
  readonly available: number;
  readonly mapName: string | null;
}

/** A page entry: an object, or a virtual folder with the text up to and including the delimiter. */
export type ListingEntry = { readonly subdir: string } | ListedObject;

interface WalkRow {
  path: string;
  subdir: string | null;
  size: string;
  hash: string | null;
  checksum: string;
  type: string;
  mtime: string;
  muser: string;
  uuid: string;
  serial: string;
  available: number;
  map_name: string | null;
}

/** Sorts behind every name that begins with the text before it. */
const BEHIND = 'chr(1114111)';

/**
 * One page of a container in byte order. A walk over the index (parent, path): each step takes the next path behind a
 * cursor, and the cursor jumps over everything that rolls up into a virtual folder, so a page costs as many index look-ups
 * as it has entries, whatever lies in the folders.
 * Parameters: $1 container node, $2 its path with `/`, $3 prefix, $4 delimiter, $5 lower bound (exclusive),
 * $6 upper bound (exclusive), $7 limit, $8 exact paths or null, $9 path prefixes, $10 hide folders, $11 marker.
 */
function walkSql(dialect: Dialect, isReverse: boolean): string {
  const behind = isReverse ? `w.subdir` : `w.subdir || ${BEHIND}`;
  const order = isReverse ? 'DESC' : 'ASC';
  const beyond = (cursor: string) =>
    isReverse ? `o.path < ${cursor} AND o.path > $5` : `o.path > ${cursor} AND o.path < $6`;
  const position = `strpos(substr(o.path, length($2 || $3) + 1), $4)`;
  const rolled = `left(o.path, length($2 || $3) + ${position} + length($4) - 1)`;
  // Compat: in Pithos, and with path=, a name that ends at its first delimiter is an object.
  const isFolder = `$4 <> '' AND ${position} > 0 AND (${dialect === 'swift' ? `NOT $10::boolean OR` : ''} o.path <> ${rolled})`;
  const step = (cursor: string) => `
    SELECT o.path, CASE WHEN ${isFolder} THEN ${rolled} END AS subdir, o.latest_version
      FROM node o JOIN version s ON s.serial = o.latest_version
     WHERE o.parent = $1 AND ${beyond(cursor)} AND o.path >= $2 || $3 AND o.path < $2 || $3 || ${BEHIND}
       AND (s.delete_at IS NULL OR s.delete_at > clock_timestamp())
       AND ($8::text[] IS NULL OR o.path = ANY($8::text[]) OR EXISTS (SELECT 1 FROM unnest($9::text[]) p WHERE starts_with(o.path, p)))
     ORDER BY o.path ${order} LIMIT 1`;
  return `
    WITH RECURSIVE walk AS (
      (${step(isReverse ? '$6' : '$5')})
      UNION ALL
      SELECT next.* FROM walk w CROSS JOIN LATERAL (${step(`COALESCE(${behind}, w.path)`)}) next
    )
    SELECT w.path, w.subdir, v.size, v.hash, v.checksum, v.type, extract(epoch FROM v.mtime)::text AS mtime, v.muser,
           v.uuid, v.serial, v.available, v.map_name
      FROM (SELECT * FROM walk WHERE subdir IS NULL OR (NOT $10::boolean AND subdir <> $11) LIMIT $7) w
      JOIN version v ON v.serial = w.latest_version
     ORDER BY w.path ${order}`;
}

/** Pages of objects. */
@Injectable()
export class ListingRepository {
  /** @param shared what a caller who is not the owner may see; null for all */
  async listObjects(
    tx: EntityManager,
    container: { id: string; path: string },
    query: ListingQuery,
    options: { dialect: Dialect; shared: SharedPaths | null },
  ): Promise<ListingEntry[]> {
    if (query.limit === 0) return [];
    const base = `${container.path}/`;
    const [low, high] = query.isReverse ? [query.endMarker, query.marker] : [query.marker, query.endMarker];
    const rows: WalkRow[] = await tx.query(walkSql(options.dialect, query.isReverse), [
      container.id,
      base,
      query.prefix,
      query.delimiter,
      low === null ? base : base + low + skipFolder(low, query),
      high === null ? `${base}\u{10ffff}` : base + high,
      query.limit,
      options.shared?.exact ?? null,
      options.shared?.prefixes ?? [],
      query.hidesFolders,
      base + (query.marker ?? ''),
    ]);
    return rows.map((row) => toEntry(row, base.length));
  }
}

/** A marker that is a virtual folder, as the end of the page before, stands for everything in it. */
function skipFolder(marker: string, query: ListingQuery): string {
  const isFolder = query.delimiter !== '' && !query.isReverse && marker.endsWith(query.delimiter);
  const isFirst =
    marker.indexOf(query.delimiter, query.prefix.length) === marker.length - query.delimiter.length;
  return isFolder && isFirst && marker.startsWith(query.prefix) ? '\u{10ffff}' : '';
}

function toEntry(row: WalkRow, baseLength: number): ListingEntry {
  if (row.subdir !== null) return { subdir: row.subdir.slice(baseLength) };
  return {
    name: row.path.slice(baseLength),
    sizeBytes: Number(row.size),
    hash: row.hash,
    checksum: row.checksum,
    contentType: row.type,
    modifiedAt: row.mtime,
    modifiedBy: row.muser,
    uuid: row.uuid,
    serial: row.serial,
    available: row.available,
    mapName: row.map_name,
  };
}
