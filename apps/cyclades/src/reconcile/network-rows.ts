import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import type { NetworkRow } from './compare-networks.js';

const ROWS = `
SELECT network.id, network.xmin::text AS version, action, is_deleted AS "isDeleted", is_deleted AND deleted_at < $1 AS "wasDeleted",
       EXISTS (SELECT 1 FROM effect WHERE object_type = 'network' AND object_id = network.id::text AND finished_at IS NULL) AS "isBusy",
       coalesce((SELECT json_agg(json_build_object('backendId', backend_id, 'operstate', operstate) ORDER BY backend_id)
                   FROM backend_network WHERE network_id = network.id), '[]') AS clusters
  FROM network`;

/** The rows that are compared with the networks of a cluster. */
@Injectable()
export class NetworkRows {
  constructor(private readonly dataSource: DataSource) {}

  live(readAt: Date): Promise<NetworkRow[]> {
    return this.dataSource.query(`${ROWS} WHERE NOT is_deleted ORDER BY network.id`, [readAt]);
  }

  some(ids: readonly number[], readAt: Date): Promise<NetworkRow[]> {
    return this.dataSource.query(`${ROWS} WHERE network.id = ANY($2::int[])`, [readAt, ids]);
  }
}
