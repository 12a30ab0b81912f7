/**
 * Turns one message about a Ganeti job into row changes. Guarantees: a message that was applied changes nothing a second time; nor does one that
 * comes after a newer job of the same object was applied (its commission is settled all the same); rows, effect and commission change together.
 * Lock order: effect, server.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Commissions } from '@synnefo/commission';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import { isFinal } from '@synnefo/ganeti-rapi';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { EffectEntity } from '../effect/effect.entity.js';
import { EffectEnd } from '../effect/effect-end.js';
import { Naming } from '../installation/naming.js';
import { GntEventEntity } from './gnt-event.entity.js';
import type { GntEvent } from './gnt-event.queue.js';

@Injectable()
export class ApplyGntEvent {
  constructor(
    private readonly dataSource: DataSource,
    private readonly naming: Naming,
    private readonly end: EffectEnd,
    private readonly commissions: Commissions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async apply(event: GntEvent): Promise<void> {
    const serial = await transaction(this.dataSource, (tx) => this.#applyIn(tx, event));
    await this.commissions.resolveSoon(serial);
  }

  async #applyIn(tx: EntityManager, event: GntEvent): Promise<number | null> {
    const effect = await this.#lockEffect(tx, event);
    const isOver = effect === null || effect.finishedAt !== null;
    // A final message decides as long as the effect is open, even if an earlier copy of it came before the effect was known.
    if (!(await isNew(tx, event)) && (isOver || !isFinal(event.status))) return null;
    await this.#noteOnServer(tx, event);
    if (effect === null) {
      this.logger.info(
        { gntJobId: event.jobId, operation: event.operation, objectName: event.objectName },
        'job is not one of ours',
      );
      return null;
    }
    if (!isFinal(event.status)) {
      await tx.update(EffectEntity, { id: effect.id }, { jobStatus: event.status });
      return null;
    }
    return this.end.finishIn(tx, effect.id, {
      status: event.status,
      message: event.failure ?? event.logMessage,
      gntJobId: event.jobId,
      nics: event.nics,
    });
  }

  /** Finds the effect by the job's reason: its row may lack the job id when the worker died after the submit. */
  async #lockEffect(tx: EntityManager, event: GntEvent): Promise<EffectEntity | null> {
    const where =
      event.effectId === null ? { backendId: event.backendId, jobId: event.jobId } : { id: event.effectId };
    const effect = await tx.findOne(EffectEntity, { where, lock: { mode: 'pessimistic_write' } });
    if (effect === null || effect.finishedAt !== null || effect.backendId !== event.backendId) return effect;
    if (effect.state === 'PENDING') {
      const submitted = { state: 'SUBMITTED', jobId: event.jobId, submittedAt: () => 'now()' } as const;
      await tx.update(EffectEntity, { id: effect.id }, submitted);
    }
    return effect;
  }

  async #noteOnServer(tx: EntityManager, event: GntEvent): Promise<void> {
    const serverId = event.objectName === null ? null : this.naming.serverId(event.objectName);
    if (serverId === null || !event.operation.startsWith('OP_INSTANCE_')) return;
    await tx.query(
      `UPDATE server SET backend_job_id = $2, backend_opcode = $3, backend_job_status = $4, backend_log_message = $5, updated_at = now()
        WHERE id = $1 AND NOT is_deleted AND $2 >= coalesce(backend_job_id, 0) AND $2 > last_final_job_id`,
      [serverId, event.jobId, event.operation, event.status, event.logMessage],
    );
  }
}

/** Writes the message's key. @returns false when it was there already */
async function isNew(tx: EntityManager, event: GntEvent): Promise<boolean> {
  const result = await tx
    .createQueryBuilder()
    .insert()
    .into(GntEventEntity)
    .values({
      backendId: event.backendId,
      jobId: event.jobId,
      opIndex: event.opIndex,
      status: event.status,
      operation: event.operation,
      objectName: event.objectName,
      effectId: event.effectId,
    })
    .orIgnore()
    .returning('job_id')
    .execute();
  return Array.isArray(result.raw) && result.raw.length > 0;
}
