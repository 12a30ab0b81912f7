import { createHash } from 'node:crypto';

import { Archipelago } from '@synnefo/archipelago';
import { DataSource } from '@synnefo/database';
import { defineQueue, type Producer } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';

import { objectBytes } from '../object/object-bytes.js';
import { CHECKSUM_PRODUCER, LOGGER } from '../tokens.js';
import { Versions } from '../version/versions.js';

export interface ChecksumJob {
  readonly mapName: string;
}

/** MD5 of what came by hashmap: nobody streamed those bytes through here, so a job reads them once. */
export const checksumQueue = defineQueue<ChecksumJob>({
  name: 'pithos.checksum',
  payload: z.strictObject({ mapName: z.string() }),
  jobId: ({ mapName }) => `checksum-${mapName}`,
  attempts: 5,
  backoffMs: 2_000,
});

@Injectable()
export class ChecksumQueue {
  constructor(
    @Inject(CHECKSUM_PRODUCER) private readonly producer: Producer<ChecksumJob> | null,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Enqueues after the commit; a lost wake-up is found by `missingChecksums`. */
  async add(mapName: string): Promise<void> {
    try {
      await this.producer?.add({ mapName });
    } catch (err) {
      this.logger.warn({ err, mapName }, 'checksum job not enqueued');
    }
  }
}

/** Computes MD5s. Repeating it is harmless: a checksum belongs to a map's bytes, which never change. */
@Injectable()
export class Checksums {
  constructor(
    private readonly dataSource: DataSource,
    private readonly versions: Versions,
    private readonly archipelago: Archipelago,
  ) {}

  async compute(mapName: string): Promise<void> {
    const row = await this.versions.findByMapName(this.dataSource.manager, mapName);
    if (!row || row.checksum !== '' || row.available !== 1) return;
    const md5 = createHash('md5');
    const whole = { first: 0, last: row.sizeBytes - 1 };
    for await (const piece of objectBytes(this.archipelago, [row], whole)) md5.update(piece);
    await this.versions.setChecksum(this.dataSource.manager, mapName, md5.digest('hex'));
  }

  /** Maps of files whose MD5 is unknown: jobs that were lost. Snapshots are left alone, they are too large to read for this. */
  async missing(limit: number): Promise<string[]> {
    const rows: { map_name: string }[] = await this.dataSource.query(
      `SELECT DISTINCT map_name FROM version
        WHERE checksum = '' AND map_name IS NOT NULL AND available = 1 AND NOT is_snapshot LIMIT $1`,
      [limit],
    );
    return rows.map((row) => row.map_name);
  }
}
