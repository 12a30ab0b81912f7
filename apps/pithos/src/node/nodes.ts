import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { containerKey, type ContainerPath } from './path.js';

/** A container with its effective policy and the counters of its current objects. */
export interface ContainerRow {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly serial: string;
  readonly objectCount: number;
  readonly bytesUsed: number;
  /** Seconds since 1970 with microseconds, as text: last change of the container itself, of any object, first seen. */
  readonly changedAt: string;
  readonly objectsChangedAt: string;
  readonly createdAt: string;
  readonly policy: Readonly<Record<string, string>>;
  readonly meta: Readonly<Record<string, string>>;
}

export interface AccountRow {
  readonly id: string;
  readonly serial: string;
  readonly containerCount: number;
  readonly objectCount: number;
  readonly bytesUsed: number;
  readonly changedAt: string;
  readonly createdAt: string;
  readonly meta: Readonly<Record<string, string>>;
}

const CONTAINER_SQL = `
  SELECT n.id, n.path, split_part(n.path, '/', 2) AS name, v.serial,
         COALESCE(s.population, 0)::float8 AS "objectCount", COALESCE(s.size, 0)::float8 AS "bytesUsed",
         extract(epoch FROM v.mtime)::text AS "changedAt",
         extract(epoch FROM greatest(v.mtime, s.mtime))::text AS "objectsChangedAt",
         extract(epoch FROM n.created_at)::text AS "createdAt",
         COALESCE((SELECT jsonb_object_agg(p.key, p.value) FROM policy p WHERE p.node = n.id), '{}') AS policy,
         COALESCE((SELECT jsonb_object_agg(a.key, a.value) FROM attribute a
                    WHERE a.serial = v.serial AND a.domain = 'pithos'), '{}') AS meta
    FROM node n
    JOIN version v ON v.serial = n.latest_version
    LEFT JOIN statistic s ON s.node = n.id AND s.cluster = 0`;

/** Accounts and containers: rows of `node`, their one version, policy and statistics. */
@Injectable()
export class Nodes {
  async findContainer(tx: EntityManager, path: ContainerPath): Promise<ContainerRow | null> {
    const rows: ContainerRow[] = await tx.query(`${CONTAINER_SQL} WHERE n.path = $1`, [containerKey(path)]);
    return rows[0] ?? null;
  }

  /** Locks the container's row until the transaction ends. Locks of two containers are taken in path order. */
  async lockContainer(tx: EntityManager, path: ContainerPath): Promise<ContainerRow | null> {
    await tx.query(`SELECT id FROM node WHERE path = $1 FOR UPDATE`, [containerKey(path)]);
    return this.findContainer(tx, path);
  }

  /** All containers of an account in byte order of their names, from `after` (exclusive). */
  async listContainers(tx: EntityManager, accountId: string): Promise<ContainerRow[]> {
    return tx.query(`${CONTAINER_SQL} WHERE n.parent = $1 ORDER BY n.path`, [accountId]);
  }

  async findAccount(tx: EntityManager, account: string): Promise<AccountRow | null> {
    const rows: AccountRow[] = await tx.query(
      `SELECT n.id, v.serial, count(c.id)::float8 AS "containerCount",
              COALESCE(sum(s.population), 0)::float8 AS "objectCount", COALESCE(sum(s.size), 0)::float8 AS "bytesUsed",
              extract(epoch FROM greatest(v.mtime, max(s.mtime)))::text AS "changedAt",
              extract(epoch FROM n.created_at)::text AS "createdAt",
              COALESCE((SELECT jsonb_object_agg(a.key, a.value) FROM attribute a
                         WHERE a.serial = v.serial AND a.domain = 'pithos'), '{}') AS meta
         FROM node n
         JOIN version v ON v.serial = n.latest_version
         LEFT JOIN node c ON c.parent = n.id
         LEFT JOIN statistic s ON s.node = c.id AND s.cluster = 0
        WHERE n.path = $1
        GROUP BY n.id, v.serial`,
      [account],
    );
    return rows[0] ?? null;
  }

  /** Makes the account's row on its owner's first touch; of two creators the unique path lets one win. */
  async ensureAccount(tx: EntityManager, account: string): Promise<AccountRow> {
    const found = await this.findAccount(tx, account);
    if (found) return found;
    await this.insertNode(tx, { parent: null, path: account, actor: account });
    const made = await this.findAccount(tx, account);
    if (!made) throw new Error('account row vanished while it was made');
    return made;
  }

  /** Inserts a node with its first version (no data); nothing when the path is there. True when it was made. */
  async insertNode(
    tx: EntityManager,
    node: { parent: string | null; path: string; actor: string },
  ): Promise<string | null> {
    const rows: { id: string }[] = await tx.query(
      `INSERT INTO node (parent, path) VALUES ($1, $2) ON CONFLICT (path) DO NOTHING RETURNING id`,
      [node.parent, node.path],
    );
    const id = rows[0]?.id;
    if (id === undefined) return null;
    await this.touchNode(tx, { id, actor: node.actor });
    return id;
  }

  /** A new version of an account or container; the previous one goes, its metadata is carried over by the caller. */
  async touchNode(tx: EntityManager, node: { id: string; actor: string }): Promise<string> {
    const rows: { serial: string }[] = await tx.query(
      `INSERT INTO version (node, muser, uuid, source)
       SELECT $1, $2, COALESCE((SELECT uuid FROM version WHERE serial = n.latest_version), gen_random_uuid()), n.latest_version
         FROM node n WHERE n.id = $1
       RETURNING serial`,
      [node.id, node.actor],
    );
    const serial = rows[0]?.serial;
    if (serial === undefined) throw new Error('node vanished under its lock');
    await tx.query(`UPDATE node SET latest_version = $2 WHERE id = $1`, [node.id, serial]);
    await tx.query(`DELETE FROM version WHERE node = $1 AND serial <> $2`, [node.id, serial]);
    return serial;
  }

  async deleteNode(tx: EntityManager, id: string): Promise<void> {
    await tx.query(`DELETE FROM node WHERE id = $1`, [id]);
  }

  /** Sets policy items of a container; null removes one, which then has its default again. */
  async setPolicy(
    tx: EntityManager,
    id: string,
    items: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    for (const [key, value] of Object.entries(items)) {
      if (value === null) await tx.query(`DELETE FROM policy WHERE node = $1 AND key = $2`, [id, key]);
      else {
        await tx.query(
          `INSERT INTO policy (node, key, value) VALUES ($1, $2, $3)
           ON CONFLICT (node, key) DO UPDATE SET value = excluded.value`,
          [id, key, value],
        );
      }
    }
  }

  async insertStatistics(tx: EntityManager, container: string): Promise<void> {
    await tx.query(`INSERT INTO statistic (node, cluster) VALUES ($1, 0)`, [container]);
  }

  /** Adds to the counters of a container's cluster; the caller holds the container's lock. */
  async addStatistics(
    tx: EntityManager,
    change: { container: string; cluster: number; population: number; sizeBytes: number },
  ): Promise<void> {
    await tx.query(
      `UPDATE statistic SET population = population + $3, size = size + $4, mtime = clock_timestamp()
        WHERE node = $1 AND cluster = $2`,
      [change.container, change.cluster, change.population, change.sizeBytes],
    );
  }
}
