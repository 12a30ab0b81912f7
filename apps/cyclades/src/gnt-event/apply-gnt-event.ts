/**
 * Turns one message about a Ganeti job into row changes. Guarantees: a message that was applied changes nothing a second time; nor does one that
 * comes after a newer job of the same object was applied (its commission is settled all the same); rows, effect and commission change together.
 * The end of a job that is no effect of ours (an operator's, the watcher's) sends its object to be compared with the cluster.
 * Lock order: effect, server.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Commissions } from '@synnefo/commission';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import { isFinal } from '@synnefo/ganeti-rapi';
import { type Producer, QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { EffectEntity } from '../effect/effect.entity.js';
import { EffectEnd } from '../effect/effect-end.js';
import type { EffectOutcome } from '../effect/effect-handler.js';
import { Naming } from '../installation/naming.js';
import { type ReconcileObject, reconcileObjectQueue } from '../reconcile/reconcile.queue.js';
import { GntEventEntity } from './gnt-event.entity.js';
import type { JobEvent } from './gnt-event.queue.js';
import { JobOutcome, type ReadOutcome } from './job-outcome.js';

interface Applied {
  /** A commission that is decided. */
  readonly serial: number | null;
  /** An object that somebody else's job has changed. */
  readonly changed: ReconcileObject | null;
}

const NOTHING: Applied = { serial: null, changed: null };

@Injectable()
export class ApplyGntEvent {
  readonly #reconcile: Producer<ReconcileObject>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly naming: Naming,
    private readonly end: EffectEnd,
    private readonly outcome: JobOutcome,
    private readonly commissions: Commissions,
    queues: QueueBackend,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#reconcile = queues.producer(reconcileObjectQueue);
  }

  /** @throws what RAPI throws when the cluster has to be asked and does not answer */
  async apply(event: JobEvent): Promise<void> {
    const open = await this.dataSource.manager.findOne(EffectEntity, { where: whereEffect(event) });
    // Read before the transaction, and only for an effect that it will end.
    const read = open?.finishedAt === null && isEnd(event) ? await this.outcome.read(event) : null;
    const { serial, changed } = await transaction(this.dataSource, (tx) => this.#applyIn(tx, event, read));
    await this.commissions.resolveSoon(serial);
    if (changed !== null) await this.#compare(changed, event);
  }

  async #applyIn(tx: EntityManager, event: JobEvent, read: ReadOutcome | null): Promise<Applied> {
    const effect = await this.#lockEffect(tx, event);
    const isOver = effect === null || effect.finishedAt !== null;
    // A final message decides as long as the effect is open, even if an earlier copy of it came before the effect was known.
    if (!(await isNew(tx, event)) && (isOver || !isFinal(event.status))) return NOTHING;
    await this.#noteOnObject(tx, event);
    if (effect === null)
      return isFinal(event.status) ? { serial: null, changed: this.#object(event) } : NOTHING;
    if (!isFinal(event.status)) {
      await tx.update(EffectEntity, { id: effect.id }, { jobStatus: event.status });
      return NOTHING;
    }
    if (!isEnd(event)) return NOTHING;
    const outcome = { ...outcomeOf(event), ...(read ?? {}) };
    return { serial: await this.end.finishIn(tx, effect.id, outcome), changed: null };
  }

  /** Finds the effect by the job's reason: its row may lack the job id when the worker died after the submit. */
  async #lockEffect(tx: EntityManager, event: JobEvent): Promise<EffectEntity | null> {
    const lock = { mode: 'pessimistic_write' } as const;
    const found = await tx.find(EffectEntity, { where: whereEffect(event), order: { seq: 'ASC' }, lock });
    // The same reason on another job is somebody's copy of it, and no end of ours.
    const effect = found.find(({ jobId }) => jobId === null || jobId === event.jobId) ?? null;
    if (effect?.state === 'PENDING') {
      const submitted = { state: 'SUBMITTED', jobId: event.jobId, submittedAt: () => 'now()' } as const;
      await tx.update(EffectEntity, { id: effect.id }, submitted);
    }
    return effect;
  }

  async #noteOnObject(tx: EntityManager, event: JobEvent): Promise<void> {
    const object = this.#object(event);
    if (object?.objectType === 'server')
      await tx.query(NOTE_ON_SERVER, [
        object.objectId,
        event.jobId,
        event.operation,
        event.status,
        event.logMessage,
        event.backendId,
      ]);
    if (object?.objectType === 'network')
      await tx.query(NOTE_ON_NETWORK, [
        object.objectId,
        event.jobId,
        event.operation,
        event.status,
        event.backendId,
      ]);
  }

  /** The server or network that the job is about; null when it is none of ours. */
  #object({ backendId, objectName, operation }: JobEvent): ReconcileObject | null {
    if (objectName === null) return null;
    const isServer = operation.startsWith('OP_INSTANCE_');
    const objectId = isServer ? this.naming.serverId(objectName) : this.naming.networkId(objectName);
    return objectId === null ? null : { backendId, objectType: isServer ? 'server' : 'network', objectId };
  }

  async #compare(object: ReconcileObject, { jobId, operation, status }: JobEvent): Promise<void> {
    this.logger.info({ ...object, gntJobId: jobId, operation, status }, "somebody else's job has ended");
    try {
      await this.#reconcile.add(object);
    } catch (err) {
      this.logger.warn({ err, ...object }, 'object not compared, left to the reconciler');
    }
  }
}

const NOTE_ON_SERVER = `
UPDATE server SET backend_job_id = $2, backend_opcode = $3, backend_job_status = $4, backend_log_message = $5, updated_at = now()
 WHERE id = $1 AND backend_id = $6 AND NOT is_deleted AND $2 >= coalesce(backend_job_id, 0) AND $2 > last_final_job_id`;

/** A network is there for instances once it is connected (compute spec 3.8.8). */
const NOTE_ON_NETWORK = `
UPDATE backend_network SET backend_job_id = $2, backend_opcode = $3::text, backend_job_status = $4::text, updated_at = now(),
       operstate = CASE WHEN $4::text <> 'success' THEN operstate WHEN $3::text = 'OP_NETWORK_CONNECT' THEN 'ACTIVE'
                        WHEN $3::text = 'OP_NETWORK_DISCONNECT' THEN 'PENDING' ELSE operstate END
 WHERE network_id = $1 AND backend_id = $5 AND $2 >= coalesce(backend_job_id, 0)`;

function whereEffect({ backendId, jobId, effectId }: JobEvent) {
  const byJob = { backendId, jobId };
  return effectId === null ? byJob : [{ backendId, id: effectId }, byJob];
}

/** Whether nothing of the job comes after this: its opcodes run in order, and the first that fails ends it. */
function isEnd({ status, opIndex, opCount }: JobEvent): boolean {
  return isFinal(status) && (status !== 'success' || opIndex >= opCount - 1);
}

function outcomeOf(event: JobEvent): EffectOutcome {
  if (!isFinal(event.status)) throw new Error(`job ${event.jobId} has not ended`);
  return {
    status: event.status,
    message: event.failure ?? event.logMessage,
    gntJobId: event.jobId,
    nics: event.nics,
  };
}

/** Writes the message's key. @returns false when it was there already */
async function isNew(tx: EntityManager, event: JobEvent): Promise<boolean> {
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
      source: event.source,
    })
    .orIgnore()
    .returning('job_id')
    .execute();
  return Array.isArray(result.raw) && result.raw.length > 0;
}
