/**
 * The one way in which an effect ends: under a lock on its row, once. The object's rows, the commission and the effect change in one transaction.
 * Lock order: effect, then the object's rows.
 */
import { Injectable } from '@nestjs/common';
import { Commissions } from '@synnefo/commission';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import { EffectEntity } from './effect.entity.js';
import type { EffectOutcome } from './effect-handler.js';
import { EffectHandlers } from './effect-handlers.js';

@Injectable()
export class EffectEnd {
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: EffectHandlers,
    private readonly commissions: Commissions,
  ) {}

  /** Ends the effect; one that is over stays as it is. */
  async finish(effectId: string, outcome: EffectOutcome): Promise<void> {
    const serial = await transaction(this.dataSource, (tx) => this.finishIn(tx, effectId, outcome));
    await this.commissions.resolveSoon(serial);
  }

  /** As `finish`, inside a transaction of the caller, who then calls `resolveSoon` with the serial that comes back. */
  async finishIn(tx: EntityManager, effectId: string, outcome: EffectOutcome): Promise<number | null> {
    const effect = await tx.findOne(EffectEntity, {
      where: { id: effectId },
      lock: { mode: 'pessimistic_write' },
    });
    if (effect === null || effect.finishedAt !== null) return null;
    await this.handlers.get(effect.objectType).settle(tx, effect, outcome);
    const serial = effect.commissionSerial;
    if (serial !== null) {
      if (outcome.status === 'success') await this.commissions.accept(tx, serial);
      else await this.commissions.reject(tx, serial);
    }
    await tx.update(
      EffectEntity,
      { id: effectId },
      {
        state: outcome.status === 'success' ? 'DONE' : 'FAILED',
        jobStatus: outcome.gntJobId === null ? effect.jobStatus : outcome.status,
        jobId: effect.jobId ?? outcome.gntJobId,
        errorMessage: outcome.status === 'success' ? null : outcome.message,
        finishedAt: () => 'now()',
        claimedBy: null,
        claimedUntil: null,
      },
    );
    return serial;
  }
}
