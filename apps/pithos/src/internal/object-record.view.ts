import type { Permissions } from '../sharing/sharing-header.js';
import type { ObjectRow } from '../version/versions.js';

/** An object as other services see it. */
export interface ObjectRecord {
  readonly uuid: string;
  readonly account: string;
  readonly container: string;
  readonly path: string;
  readonly version: string;
  readonly sizeBytes: number;
  readonly hash: string | null;
  readonly contentType: string;
  readonly mapName: string | null;
  readonly isSnapshot: boolean;
  readonly available: number;
  readonly owner: string;
  readonly project: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly permissions: Permissions;
  readonly isPublicUrl: null;
}

export function objectRecord(
  row: ObjectRow,
  { project, permissions, domain }: { project: string; permissions: Permissions; domain: string },
): ObjectRecord {
  return {
    uuid: row.uuid,
    account: row.path.account,
    container: row.path.container,
    path: row.path.object,
    version: row.serial,
    sizeBytes: row.sizeBytes,
    hash: row.hash,
    contentType: row.contentType,
    mapName: row.mapName,
    isSnapshot: row.isSnapshot,
    available: row.available,
    owner: row.path.account,
    project,
    createdAt: isoOf(row.createdAt),
    modifiedAt: isoOf(row.modifiedAt),
    meta: row.attributes[domain] ?? {},
    permissions: { read: permissions.read, write: permissions.write },
    isPublicUrl: null,
  };
}

function isoOf(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString();
}
