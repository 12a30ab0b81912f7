/**
 * Objects of snapshots that are over, but whose object still says "not yet". A request to Pithos that nobody waits for any more may be carried out long after:
 * Pithos stood still, or Astakos did, and it registers a snapshot that was given up, or was deleted. So for some time after the end they are looked for again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { MANAGED_CONTAINERS } from '../image/image-record.js';
import { PithosClient } from '../pithos-client/pithos-client.js';
import type { ObjectRecord } from '../pithos-client/object-record.js';
import type { SnapshotState } from './snapshot.entity.js';

interface Ended {
  readonly user: string;
  readonly map_name: string;
  readonly is_abandoned: boolean;
  /** The object and the state that the row knows; null without a row. */
  readonly uuid: string | null;
  readonly state: SnapshotState | null;
}

/** After a failure longer, as requests without an answer are what makes it. */
const ENDED = `
SELECT payload->>'user' AS user, object_id AS map_name, coalesce((payload->>'isAbandoned')::boolean, false) AS is_abandoned,
       snapshot.uuid, snapshot.state
  FROM effect LEFT JOIN snapshot ON snapshot.map_name = effect.object_id
 WHERE object_type = 'snapshot' AND action = 'SEAL'
   AND (effect.state = 'FAILED' AND finished_at > now() - interval '1 hour'
        OR effect.state = 'DONE' AND finished_at > now() - interval '5 minutes')`;

@Injectable()
export class SnapshotLeftovers {
  constructor(
    private readonly dataSource: DataSource,
    private readonly pithos: PithosClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Brings them to an end. @returns how many there were */
  async run(): Promise<number> {
    const ended: Ended[] = await this.dataSource.query(ENDED);
    let count = 0;
    for (const user of new Set(ended.map((snapshot) => snapshot.user))) {
      const maps = new Map(ended.filter((one) => one.user === user).map((one) => [one.map_name, one]));
      for (const record of await this.pithos.listImages(user, false)) {
        const snapshot = maps.get(record.mapName ?? '');
        if (snapshot === undefined || record.available !== 0) continue;
        await this.end(snapshot, record);
        count += 1;
      }
    }
    return count;
  }

  /** All objects of this map go. */
  async remove(user: string, mapName: string): Promise<void> {
    for (const record of await this.pithos.listImages(user, false))
      if (record.mapName === mapName) await this.pithos.deleteByUuid(user, record.uuid, MANAGED_CONTAINERS);
  }

  private async end({ user, is_abandoned, uuid, state }: Ended, record: ObjectRecord): Promise<void> {
    const isKept = record.uuid === uuid && !is_abandoned && (state === 'AVAILABLE' || state === 'ERROR');
    if (isKept) await this.pithos.updateStatus(user, record.uuid, state === 'AVAILABLE' ? 1 : -1);
    else await this.pithos.deleteByUuid(user, record.uuid, MANAGED_CONTAINERS);
    this.logger.warn({ snapshotId: record.uuid, mapName: record.mapName, isKept }, 'snapshot left half done');
  }
}
