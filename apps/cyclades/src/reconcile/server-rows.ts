import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import type { OrphanRow } from './compare-orphans.js';
import type { ServerRow } from './compared-rows.js';

const OPEN_EFFECT = `EXISTS (SELECT 1 FROM effect WHERE object_type = 'server' AND object_id = server.id::text AND finished_at IS NULL)`;

const ADDRESS = `(SELECT host(address) FROM ip_address WHERE port_id = port.id AND ip_version = 4 AND NOT is_deleted LIMIT 1)`;

const PORTS = `
SELECT json_agg(json_build_object('id', port.id, 'networkId', network_id, 'index', "index", 'mac', mac, 'ipv4', ${ADDRESS},
                                  'isYoung', state = 'BUILD' AND updated_at > now() - interval '120 seconds') ORDER BY port.id)
  FROM port WHERE port.server_id = server.id`;

const VOLUMES = `
SELECT json_agg(json_build_object('id', volume.id, 'index', "index", 'sizeGib', size_gib, 'project', project) ORDER BY volume.id)
  FROM volume WHERE volume.server_id = server.id AND NOT is_deleted`;

/** xmin is the transaction that wrote the row last. */
const LIVE = `
SELECT server.id, server.xmin::text AS version, backend_id AS "backendId", user_uuid AS "userUuid", project, operstate, action, task,
       charges_running AS "chargesRunning", cpu, ram_mib AS "ramMib", ${OPEN_EFFECT} AS "isBusy",
       coalesce((${PORTS}), '[]') AS ports, coalesce((${VOLUMES}), '[]') AS volumes
  FROM server JOIN flavor ON flavor.id = flavor_id
 WHERE NOT server.is_deleted`;

const ORPHANS = `
SELECT id, backend_id AS "backendId", is_deleted AS "isDeleted", is_deleted AND deleted_at < $2 AS "wasDeleted", ${OPEN_EFFECT} AS "isBusy"
  FROM server WHERE id = ANY($1::int[])`;

/** The rows that are compared with a cluster; each list is one statement, so all of it is of one moment. */
@Injectable()
export class ServerRows {
  constructor(private readonly dataSource: DataSource) {}

  /** The database's time, for what is read after it. */
  async now(): Promise<Date> {
    const rows: { now: Date }[] = await this.dataSource.query('SELECT now()');
    return rows[0]?.now ?? new Date();
  }

  /** The servers of a cluster that are not deleted. */
  ofBackend(backendId: number): Promise<ServerRow[]> {
    return this.dataSource.query(`${LIVE} AND backend_id = $1 ORDER BY server.id`, [backendId]);
  }

  /** Null: there is none, or it is deleted. */
  async find(serverId: number): Promise<ServerRow | null> {
    const rows: ServerRow[] = await this.dataSource.query(`${LIVE} AND server.id = $1`, [serverId]);
    return rows[0] ?? null;
  }

  /** Servers whose task or charge cannot be right, whatever the cluster says. */
  suspects(limit: number): Promise<ServerRow[]> {
    return this.dataSource.query(
      `${LIVE} AND NOT ${OPEN_EFFECT} AND (task IS NOT NULL OR charges_running <> (operstate IN ('STARTED', 'BUILD', 'ERROR')))
       ORDER BY server.id LIMIT $1`,
      [limit],
    );
  }

  /** What is known of servers whose instances were found and that were not among the live ones. */
  candidates(serverIds: readonly number[], readAt: Date): Promise<OrphanRow[]> {
    return this.dataSource.query(ORPHANS, [serverIds, readAt]);
  }

  /** Those of the volumes that are not deleted. */
  async liveVolumes(volumeIds: readonly number[]): Promise<number[]> {
    const rows: { id: number }[] = await this.dataSource.query(
      'SELECT id FROM volume WHERE id = ANY($1::int[]) AND NOT is_deleted',
      [volumeIds],
    );
    return rows.map(({ id }) => id);
  }
}
