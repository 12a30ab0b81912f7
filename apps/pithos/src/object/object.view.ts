import { createHash } from 'node:crypto';

import { type Dialect, httpDate, timestampHeader } from '../dialect/dialect.js';
import { encodeHeader } from '../dialect/header-text.js';
import { metaHeaders } from '../dialect/meta-headers.js';
import { EMPTY_HASH } from '../hashmap/hashmap.js';
import { objectKey } from '../node/path.js';
import { formatSharing } from '../sharing/sharing-header.js';
import type { ObjectAccess, PathPermissions } from '../sharing/object-access.js';
import type { ObjectRow } from '../version/versions.js';
import { bare, type Validators } from './conditions.js';

/** Parts of a dynamic large object; the object itself holds no bytes. */
export interface Manifest {
  readonly parts: readonly ObjectRow[];
  readonly sizeBytes: number;
  /** MD5 of the parts' ETags put together. */
  readonly checksum: string;
}

export function manifestOf(parts: readonly ObjectRow[]): Manifest {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.checksum);
  return {
    parts,
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    checksum: md5.digest('hex'),
  };
}

/** The Merkle hash; snapshots show their map's name instead (storage spec §3.1). */
export function contentHash(row: ObjectRow): string {
  return row.hash ?? row.mapName ?? EMPTY_HASH;
}

/**
 * `ETag` (storage spec §2.5): Merkle hash for Pithos clients; for Swift clients the MD5, and none while it is unknown,
 * because they compare any ETag with the MD5 of what they read. Large objects quote theirs.
 */
export function etagOf(row: ObjectRow, manifest: Manifest | null, dialect: Dialect): string | undefined {
  if (manifest) return `"${manifest.checksum}"`;
  if (dialect === 'pithos') return contentHash(row);
  return row.checksum || undefined;
}

/** Both hashes count in conditions, whatever the dialect shows. */
export function validatorsOf(row: ObjectRow, manifest: Manifest | null = null): Validators {
  const etags = manifest
    ? [manifest.checksum]
    : [row.checksum, contentHash(row)].filter((etag) => etag !== '');
  return { etags: etags.map(bare), modifiedAt: row.modifiedAt };
}

export interface ObjectViewContext {
  readonly dialect: Dialect;
  readonly access: ObjectAccess;
  readonly manifest: Manifest | null;
  readonly sharing: PathPermissions | null;
}

/** Headers of GET and HEAD, without `Content-Length`. */
export function objectHeaders(row: ObjectRow, context: ObjectViewContext): Record<string, string> {
  const { dialect, manifest } = context;
  const etag = etagOf(row, manifest, dialect);
  const headers: Record<string, string> = {
    'Content-Type': encodeHeader(row.contentType, 'swift'),
    'Last-Modified': httpDate(row.modifiedAt),
    'X-Timestamp': timestampHeader(row.modifiedAt),
    'Accept-Ranges': 'bytes',
    Available: String(row.available),
    'X-Object-Hash': contentHash(row),
    'X-Object-UUID': row.uuid,
    'X-Object-Version': row.serial,
    'X-Object-Version-Timestamp': httpDate(row.modifiedAt),
    'X-Object-Modified-By': row.modifiedBy,
    ...metaHeaders(row.attributes['pithos'] ?? {}, dialect),
  };
  if (etag !== undefined) headers['ETag'] = etag;
  if (row.deleteAt) headers['X-Delete-At'] = String(Math.floor(row.deleteAt.getTime() / 1000));
  return { ...headers, ...sharingHeaders(row, context) };
}

function sharingHeaders(
  row: ObjectRow,
  { sharing, access, dialect }: ObjectViewContext,
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (sharing) {
    headers['X-Object-Sharing'] = encodeHeader(formatSharing(sharing), dialect);
    if (sharing.path !== objectKey(row.path))
      headers['X-Object-Shared-By'] = encodeHeader(sharing.path, dialect);
  }
  if (access === 'read' || access === 'write') headers['X-Object-Allowed-To'] = access;
  return headers;
}
