import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { containerKey, type ContainerPath, objectKey, type ObjectPath } from '../node/path.js';
import type { Permissions } from './sharing-header.js';
import {
  candidatePaths,
  decisive,
  grantedAccess,
  type ObjectAccess,
  type PathPermissions,
} from './object-access.js';

/** Paths of a container that a user was given: single objects, and folders with everything below. */
export interface SharedPaths {
  readonly exact: readonly string[];
  readonly prefixes: readonly string[];
}

/** Reads and writes permissions of paths. Changing them is the owner's right; the callers check that. */
@Injectable()
export class SharingService {
  /** The caller's access to an object, which need not exist (a folder's grant lets its holder create in it). */
  async accessTo(tx: EntityManager, user: string, path: ObjectPath): Promise<ObjectAccess> {
    if (path.account === user) return 'owner';
    return grantedAccess(await this.findEffective(tx, path), user);
  }

  /** The entry that decides about an object: its own or the nearest folder's. */
  async findEffective(tx: EntityManager, path: ObjectPath): Promise<PathPermissions | null> {
    const key = objectKey(path);
    return decisive(key, await this.findAt(tx, candidatePaths(key)));
  }

  /** The object's own permissions. */
  async getOwn(tx: EntityManager, path: ObjectPath): Promise<Permissions> {
    const [own] = await this.findAt(tx, [objectKey(path)]);
    return own ?? { read: [], write: [] };
  }

  async findAt(tx: EntityManager, paths: readonly string[]): Promise<PathPermissions[]> {
    return tx.query(
      `SELECT p.path, max(v.type) AS "contentType",
              COALESCE(array_agg(p.holder ORDER BY p.holder) FILTER (WHERE p.access = 0), '{}') AS read,
              COALESCE(array_agg(p.holder ORDER BY p.holder) FILTER (WHERE p.access = 1), '{}') AS write
         FROM permission p
         LEFT JOIN node n ON n.path = p.path
         LEFT JOIN version v ON v.serial = n.latest_version
        WHERE p.path = ANY($1::text[])
        GROUP BY p.path`,
      [paths],
    );
  }

  /** Replaces the whole permission set of an object. Those who do so at once take turns, or both would insert the same row. */
  async setOwn(tx: EntityManager, path: ObjectPath, permissions: Permissions): Promise<void> {
    const key = objectKey(path);
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('permission'), hashtext($1))`, [key]);
    await tx.query(`DELETE FROM permission WHERE path = $1`, [key]);
    for (const [access, holders] of [permissions.read, permissions.write].entries()) {
      await tx.query(
        `INSERT INTO permission (path, access, holder) SELECT $1, $2, h FROM unnest($3::text[]) AS h`,
        [key, access, holders],
      );
    }
  }

  /** What a user was given in a container; both lists empty: nothing. */
  async sharedWith(tx: EntityManager, user: string, container: ContainerPath): Promise<SharedPaths> {
    const rows: { path: string; is_folder: boolean }[] = await tx.query(
      `SELECT DISTINCT p.path,
              COALESCE(split_part(v.type, ';', 1) IN ('application/directory', 'application/folder'), false) AS is_folder
         FROM permission p
         JOIN node n ON n.path = p.path
         JOIN version v ON v.serial = n.latest_version
        WHERE p.path >= $1 || '/' AND p.path < $1 || '0' AND p.holder IN ('*', $2)`,
      [containerKey(container), user.toLowerCase()],
    );
    return {
      exact: rows.map((row) => row.path),
      prefixes: rows.filter((row) => row.is_folder).map((row) => `${row.path.replace(/\/$/, '')}/`),
    };
  }

  /** Accounts, or containers of one account, in which something is shared with the user. */
  async sharedContainers(tx: EntityManager, user: string, account: string): Promise<string[]> {
    const rows: { name: string }[] = await tx.query(
      `SELECT DISTINCT split_part(path, '/', 2) COLLATE "C" AS name FROM permission
        WHERE path >= $1 || '/' AND path < $1 || '0' AND holder IN ('*', $2) ORDER BY 1`,
      [account, user.toLowerCase()],
    );
    return rows.map((row) => row.name);
  }
}
