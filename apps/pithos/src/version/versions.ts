import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { objectKey, parseObjectKey, type ObjectPath } from '../node/path.js';

/** Metadata of one version: domain → key → value. */
export type Attributes = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a version says about its bytes. */
export interface Content {
  /** Map in Archipelago; null for the empty object. */
  readonly mapName: string | null;
  readonly sizeBytes: number;
  /** Merkle hash in hex; null while unknown (snapshots). */
  readonly hash: string | null;
  /** MD5 in hex; '' while unknown. */
  readonly checksum: string;
  readonly isSnapshot: boolean;
  /** 1 readable, 0 not yet, -1 broken. */
  readonly available: number;
}

/** An object with its current version. */
export interface ObjectRow extends Content {
  readonly nodeId: string;
  readonly path: ObjectPath;
  readonly serial: string;
  readonly contentType: string;
  /** Seconds since 1970 with microseconds, as text. */
  readonly modifiedAt: string;
  readonly createdAt: string;
  readonly modifiedBy: string;
  readonly uuid: string;
  readonly deleteAt: Date | null;
  readonly attributes: Attributes;
}

interface RawRow {
  id: string;
  path: string;
  serial: string;
  hash: string | null;
  size: string;
  type: string;
  mtime: string;
  created: string;
  muser: string;
  uuid: string;
  checksum: string;
  available: number;
  map_name: string | null;
  is_snapshot: boolean;
  delete_at: Date | null;
  attributes: [string, string, string][];
}

const OBJECT_COLUMNS = `
  n.id, n.path, v.serial, v.hash, v.size, v.type, extract(epoch FROM v.mtime)::text AS mtime,
  extract(epoch FROM n.created_at)::text AS created, v.muser, v.uuid, v.checksum, v.available, v.map_name,
  v.is_snapshot, v.delete_at,
  COALESCE((SELECT jsonb_agg(jsonb_build_array(a.domain, a.key, a.value) ORDER BY a.key)
              FROM attribute a WHERE a.serial = v.serial), '[]') AS attributes`;
const OBJECT_SQL = `SELECT ${OBJECT_COLUMNS} FROM node n JOIN version v ON v.serial = n.latest_version`;

/** Objects and their versions. Every write gets the caller's transaction, which holds the container's lock. */
@Injectable()
export class Versions {
  async findObject(tx: EntityManager, path: ObjectPath): Promise<ObjectRow | null> {
    const rows: RawRow[] = await tx.query(`${OBJECT_SQL} WHERE n.path = $1`, [objectKey(path)]);
    return toRow(rows[0]);
  }

  /** Those of many objects that exist, in path order. */
  async findObjects(tx: EntityManager, keys: readonly string[]): Promise<ObjectRow[]> {
    const rows: RawRow[] = await tx.query(`${OBJECT_SQL} WHERE n.path = ANY($1::text[]) ORDER BY n.path`, [
      keys,
    ]);
    return rows.map((row) => mustRow(row));
  }

  async findByUuid(tx: EntityManager, uuid: string): Promise<ObjectRow | null> {
    const rows: RawRow[] = await tx.query(
      `${OBJECT_SQL} WHERE v.uuid = $1 AND v.cluster = 0 ORDER BY v.serial DESC LIMIT 1`,
      [uuid],
    );
    return toRow(rows[0]);
  }

  async findByMapName(tx: EntityManager, mapName: string): Promise<ObjectRow | null> {
    const rows: RawRow[] = await tx.query(`${OBJECT_SQL} WHERE v.map_name = $1 LIMIT 1`, [mapName]);
    return toRow(rows[0]);
  }

  /** Objects of an account by key prefix in path order: the parts of a manifest, the contents of a folder. */
  async listByPrefix(tx: EntityManager, prefix: ObjectPath, limit: number): Promise<ObjectRow[]> {
    const key = objectKey(prefix);
    const rows: RawRow[] = await tx.query(
      `${OBJECT_SQL} WHERE n.parent = (SELECT id FROM node WHERE path = $1) AND n.path >= $2 AND n.path < $2 || chr(1114111)
         AND (v.delete_at IS NULL OR v.delete_at > clock_timestamp())
        ORDER BY n.path LIMIT $3`,
      [`${prefix.account}/${prefix.container}`, key, limit],
    );
    return rows.map((row) => mustRow(row));
  }

  /** Objects that carry attributes of `domain`; the caller filters by permission. */
  async listDomain(
    tx: EntityManager,
    query: { domain: string; owner: string | null; holders: readonly string[] },
  ): Promise<ObjectRow[]> {
    const rows: RawRow[] = await tx.query(
      `${OBJECT_SQL}
        WHERE v.serial IN (SELECT a.serial FROM attribute a WHERE a.domain = $1) AND v.cluster = 0
          AND (split_part(n.path, '/', 1) = $2
               OR EXISTS (SELECT 1 FROM permission p WHERE p.path = n.path AND p.holder = ANY($3::text[])))
        ORDER BY n.path`,
      [query.domain, query.owner, query.holders],
    );
    return rows.map((row) => mustRow(row));
  }

  /**
   * Writes a new version of an object and drops the previous one (no history is kept yet). A map that nothing refers to
   * any more becomes loose.
   */
  async write(
    tx: EntityManager,
    next: {
      containerId: string;
      path: ObjectPath;
      previous: ObjectRow | null;
      content: Content;
      contentType: string;
      uuid: string;
      actor: string;
      deleteAt: Date | null;
      attributes: Attributes;
    },
  ): Promise<void> {
    const { previous, content } = next;
    if (content.mapName !== null) await lockMap(tx, content.mapName);
    const nodeId = previous?.nodeId ?? (await insertObjectNode(tx, next.containerId, objectKey(next.path)));
    const rows: { serial: string }[] = await tx.query(
      `INSERT INTO version (node, hash, size, type, source, muser, uuid, checksum, available, map_name, is_snapshot, delete_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING serial`,
      [
        nodeId,
        content.hash,
        content.sizeBytes,
        next.contentType,
        previous?.serial ?? null,
        next.actor,
        next.uuid,
        content.checksum,
        content.available,
        content.mapName,
        content.isSnapshot,
        next.deleteAt,
      ],
    );
    const serial = rows[0]?.serial;
    if (serial === undefined) throw new Error('version was not inserted');
    await insertAttributes(tx, serial, next.attributes);
    await tx.query(`UPDATE node SET latest_version = $2 WHERE id = $1`, [nodeId, serial]);
    if (content.mapName !== null)
      await tx.query(`DELETE FROM loose_map WHERE map_name = $1`, [content.mapName]);
    if (previous === null) return;
    await tx.query(`DELETE FROM version WHERE node = $1 AND serial <> $2`, [nodeId, serial]);
    await loosenMaps(tx, previous.mapName === null ? [] : [previous.mapName]);
  }

  /** Removes an object with its permissions. */
  async remove(tx: EntityManager, row: ObjectRow): Promise<void> {
    await tx.query(`DELETE FROM node WHERE id = $1`, [row.nodeId]);
    await tx.query(`DELETE FROM permission WHERE path = $1`, [objectKey(row.path)]);
    await loosenMaps(tx, row.mapName === null ? [] : [row.mapName]);
  }

  /** Removes many objects of one container with their permissions. */
  async removeAll(tx: EntityManager, rows: readonly ObjectRow[]): Promise<void> {
    await tx.query(`DELETE FROM node WHERE id = ANY($1::bigint[])`, [rows.map(({ nodeId }) => nodeId)]);
    await tx.query(`DELETE FROM permission WHERE path = ANY($1::text[])`, [
      rows.map(({ path }) => objectKey(path)),
    ]);
    const maps = [...new Set(rows.flatMap(({ mapName }) => (mapName === null ? [] : [mapName])))].sort();
    await loosenMaps(tx, maps);
  }

  /** Checksums belong to bytes, so every version with this map gets it. */
  async setChecksum(tx: EntityManager, mapName: string, checksum: string): Promise<void> {
    await tx.query(`UPDATE version SET checksum = $2 WHERE map_name = $1`, [mapName, checksum]);
  }

  /** Attributes of an account's or container's version. */
  async insertAttributes(tx: EntityManager, serial: string, attributes: Attributes): Promise<void> {
    await insertAttributes(tx, serial, attributes);
  }
}

/** Whoever adds or drops a reference to a map comes one after the other, so that the last one to drop knows it. */
async function lockMap(tx: EntityManager, mapName: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 7))`, [mapName]);
}

/** @param mapNames sorted, as their locks are taken one after the other */
async function loosenMaps(tx: EntityManager, mapNames: readonly string[]): Promise<void> {
  if (mapNames.length === 0) return;
  await tx.query(
    `SELECT count(pg_advisory_xact_lock(hashtextextended(name, 7))) FROM unnest($1::text[]) AS name`,
    [mapNames],
  );
  await tx.query(
    `INSERT INTO loose_map (map_name)
     SELECT name FROM unnest($1::text[]) AS name WHERE NOT EXISTS (SELECT 1 FROM version WHERE map_name = name)
     ON CONFLICT DO NOTHING`,
    [mapNames],
  );
}

async function insertObjectNode(tx: EntityManager, containerId: string, path: string): Promise<string> {
  const rows: { id: string }[] = await tx.query(
    `INSERT INTO node (parent, path) VALUES ($1, $2) RETURNING id`,
    [containerId, path],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('node was not inserted');
  return id;
}

async function insertAttributes(tx: EntityManager, serial: string, attributes: Attributes): Promise<void> {
  const domains: string[] = [];
  const keys: string[] = [];
  const values: string[] = [];
  for (const [domain, items] of Object.entries(attributes)) {
    for (const [key, value] of Object.entries(items)) {
      domains.push(domain);
      keys.push(key);
      values.push(value);
    }
  }
  if (keys.length === 0) return;
  await tx.query(
    `INSERT INTO attribute (serial, domain, key, value)
     SELECT $1, d, k, x FROM unnest($2::text[], $3::text[], $4::text[]) AS t (d, k, x)`,
    [serial, domains, keys, values],
  );
}

function mustRow(raw: RawRow): ObjectRow {
  const attributes: Record<string, Record<string, string>> = {};
  for (const [domain, key, value] of raw.attributes) (attributes[domain] ??= {})[key] = value;
  return {
    nodeId: raw.id,
    path: parseObjectKey(raw.path),
    serial: raw.serial,
    hash: raw.hash,
    sizeBytes: Number(raw.size),
    contentType: raw.type,
    modifiedAt: raw.mtime,
    createdAt: raw.created,
    modifiedBy: raw.muser,
    uuid: raw.uuid,
    checksum: raw.checksum,
    available: raw.available,
    mapName: raw.map_name,
    isSnapshot: raw.is_snapshot,
    deleteAt: raw.delete_at,
    attributes,
  };
}

function toRow(raw: RawRow | undefined): ObjectRow | null {
  return raw ? mustRow(raw) : null;
}
