import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { Effects } from '../effect/effects.js';
import type { Orphan } from './compare-orphans.js';
import { ServerRows } from './server-rows.js';

const EARLIER = `
SELECT 1 FROM effect WHERE object_type = 'server' AND object_id = $1 AND backend_id = $2
   AND (finished_at IS NULL OR ($3 AND payload->>'isOrphan' = 'true')) LIMIT 1`;

/** Deletes an instance that no server stands for, by an effect of its own. */
@Injectable()
export class RepairOrphan {
  constructor(
    private readonly dataSource: DataSource,
    private readonly effects: Effects,
    private readonly rows: ServerRows,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * @param once an instance for which this was tried before is left to the operator
   * @returns whether the delete is under way; false for an instance with the disk of a volume that lives, and for a server of another cluster
   */
  async repair(orphan: Orphan, backendId: number, { once }: { once: boolean }): Promise<boolean> {
    if (orphan.why === 'elsewhere' || (await this.rows.liveVolumes(orphan.volumeIds)).length > 0)
      return false;
    const effectId = await transaction(this.dataSource, (tx) =>
      this.#record(tx, orphan, { backendId, once }),
    );
    if (effectId === null) return false;
    this.logger.warn({ ...orphan, backendId, effectId }, 'instance without a server is deleted');
    await this.effects.enqueue(effectId);
    return true;
  }

  async #record(
    tx: EntityManager,
    { serverId }: Orphan,
    { backendId, once }: { backendId: number; once: boolean },
  ): Promise<string | null> {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('orphan'), $1)`, [serverId]);
    const live: unknown[] = await tx.query('SELECT 1 FROM server WHERE id = $1 AND NOT is_deleted', [
      serverId,
    ]);
    const earlier: unknown[] = await tx.query(EARLIER, [String(serverId), backendId, once]);
    if (live.length + earlier.length > 0) return null;
    const payload = { isOrphan: true };
    const objectType = 'server';
    return this.effects.record(tx, { objectType, objectId: serverId, action: 'DESTROY', backendId, payload });
  }
}
