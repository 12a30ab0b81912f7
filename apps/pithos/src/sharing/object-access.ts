import { parseObjectKey } from '../node/path.js';
import type { Permissions } from './sharing-header.js';

/** What a caller may do with an object; null: nothing. */
export type ObjectAccess = 'owner' | 'write' | 'read' | null;

/** Permissions found on one path, and what lies there. */
export interface PathPermissions extends Permissions {
  readonly path: string;
  /** Media type of the current object at that path; null when there is none. */
  readonly contentType: string | null;
}

const FOLDER_TYPES = new Set(['application/directory', 'application/folder']);

export function isFolderType(contentType: string): boolean {
  return FOLDER_TYPES.has((contentType.split(';')[0] ?? '').trim().toLowerCase());
}

/** Paths whose permissions may decide about an object: itself and every folder above it (storage spec §4.5). */
export function candidatePaths(key: string): string[] {
  const { account, container, object } = parseObjectKey(key);
  const paths: string[] = [key];
  for (let slash = object.indexOf('/'); slash >= 0; slash = object.indexOf('/', slash + 1)) {
    const folder = `${account}/${container}/${object.slice(0, slash)}`;
    paths.push(folder, `${folder}/`);
  }
  return [...new Set(paths)];
}

/** The one entry that decides: the object's own, else the nearest folder's. */
export function decisive(key: string, found: readonly PathPermissions[]): PathPermissions | null {
  const sorted = [...found].sort((a, b) => b.path.length - a.path.length);
  return sorted.find((entry) => entry.path === key || isFolderType(entry.contentType ?? '')) ?? null;
}

export function grantedAccess(permissions: Permissions | null, user: string): ObjectAccess {
  const covers = (holders: readonly string[]) =>
    holders.includes('*') || holders.includes(user.toLowerCase());
  if (permissions === null) return null;
  if (covers(permissions.write)) return 'write';
  return covers(permissions.read) ? 'read' : null;
}
