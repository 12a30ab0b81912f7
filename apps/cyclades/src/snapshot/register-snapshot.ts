import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import { SNAPSHOTS_CONTAINER } from '../image/image-record.js';
import { PithosClient } from '../pithos-client/pithos-client.js';
import type { ObjectRecord } from '../pithos-client/object-record.js';
import type { SnapshotPlan } from './snapshot-plan.js';

/** Makes the object of a snapshot at Pithos, unavailable and charged, and the row that remembers it. May be repeated. */
@Injectable()
export class RegisterSnapshot {
  constructor(
    private readonly dataSource: DataSource,
    private readonly pithos: PithosClient,
  ) {}

  async run(plan: SnapshotPlan, mapName: string): Promise<ObjectRecord> {
    const record = await this.pithos.registerMap({
      user: plan.user,
      account: plan.user,
      container: SNAPSHOTS_CONTAINER,
      object: plan.object,
      mapName,
      sizeBytes: plan.sizeBytes,
      contentType: 'application/octet-stream',
      meta: plan.meta,
      project: plan.project,
    });
    await this.dataSource.query(
      `INSERT INTO snapshot (uuid, volume_id, counter, map_name, user_uuid, project) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [record.uuid, plan.volumeId, plan.counter, mapName, plan.user, plan.project],
    );
    return record;
  }
}
