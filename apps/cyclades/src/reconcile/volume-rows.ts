import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import type { StoredVolume } from './compare-volumes.js';

/** Volumes of other providers are not in our store. */
const STORE_TEMPLATE = 'ext_synnefo';
/** The provider may still be at the map of a volume that was deleted or changed so lately. */
const SETTLED = `interval '60 seconds'`;

const ROWS = `
SELECT volume.id, volume.xmin::text AS version, status, has_data AS "hasData", size_gib AS "sizeGib", is_deleted AS "isDeleted",
       is_deleted AND deleted_at < now() - ${SETTLED} AS "wasDeleted",
       (NOT is_deleted AND updated_at > now() - ${SETTLED})
         OR EXISTS (SELECT 1 FROM effect WHERE finished_at IS NULL AND (
              (object_type = 'volume' AND object_id = volume.id::text) OR (object_type = 'server' AND object_id = volume.server_id::text)
              OR (object_type = 'snapshot' AND payload->>'volumeId' = volume.id::text))) AS "isBusy"
  FROM volume`;

/** The rows that are compared with the maps of the store. */
@Injectable()
export class VolumeRows {
  constructor(private readonly dataSource: DataSource) {}

  /** Those that belong into the store. */
  live(): Promise<StoredVolume[]> {
    const ofStore = `EXISTS (SELECT 1 FROM volume_type WHERE volume_type.id = volume_type_id AND disk_template = $1)`;
    return this.dataSource.query(`${ROWS} WHERE NOT is_deleted AND ${ofStore} ORDER BY volume.id`, [
      STORE_TEMPLATE,
    ]);
  }

  some(ids: readonly number[]): Promise<StoredVolume[]> {
    return this.dataSource.query(`${ROWS} WHERE volume.id = ANY($1::int[])`, [ids]);
  }

  /** Writes the status, if the row is as it was read. @returns whether it was */
  async settle(row: StoredVolume, status: 'IN_USE' | 'ERROR'): Promise<boolean> {
    const [, changed]: [unknown, number] = await this.dataSource.query(
      'UPDATE volume SET status = $3, updated_at = now() WHERE id = $1 AND xmin::text = $2',
      [row.id, row.version, status],
    );
    return changed > 0;
  }
}
