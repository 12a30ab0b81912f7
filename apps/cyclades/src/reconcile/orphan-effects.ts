import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import { Effects } from '../effect/effects.js';

const EARLIER = `
SELECT 1 FROM effect WHERE object_type = $1 AND object_id = $2 AND backend_id = $3
   AND (finished_at IS NULL OR ($4 AND payload->>'isOrphan' = 'true')) LIMIT 1`;

export interface OrphanObject {
  readonly objectType: 'server' | 'network';
  readonly objectId: number;
  readonly backendId: number;
}

/** Effects that delete what a cluster has and no row stands for. */
@Injectable()
export class OrphanEffects {
  constructor(
    private readonly dataSource: DataSource,
    private readonly effects: Effects,
  ) {}

  /**
   * @param once an object for which this was tried before is left to the operator
   * @returns whether there is a new effect; not beside another one of the object, nor for one whose row lives
   */
  async remove(object: OrphanObject, { once }: { once: boolean }): Promise<boolean> {
    const effectId = await transaction(this.dataSource, (tx) => this.#record(tx, object, once));
    if (effectId === null) return false;
    await this.effects.enqueue(effectId);
    return true;
  }

  async #record(tx: EntityManager, object: OrphanObject, once: boolean): Promise<string | null> {
    const { objectType, objectId, backendId } = object;
    await tx.query('SELECT pg_advisory_xact_lock(hashtext($1), $2)', [`orphan ${objectType}`, objectId]);
    const live: unknown[] = await tx.query(
      `SELECT 1 FROM ${objectType === 'server' ? 'server' : 'network'} WHERE id = $1 AND NOT is_deleted`,
      [objectId],
    );
    const earlier: unknown[] = await tx.query(EARLIER, [objectType, String(objectId), backendId, once]);
    if (live.length + earlier.length > 0) return null;
    return this.effects.record(tx, { ...object, action: 'DESTROY', payload: { isOrphan: true } });
  }
}
