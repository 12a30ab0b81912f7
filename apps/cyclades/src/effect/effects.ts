import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type Producer, QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import type { EntityManager } from 'typeorm';
import { LOGGER } from '../core/tokens.js';
import { EffectEntity, type EffectObjectType } from './effect.entity.js';
import { effectQueue } from './effect.queue.js';

export interface NewEffect {
  readonly objectType: EffectObjectType;
  readonly objectId: number | string;
  /** Words of the object's own: BUILD, START, …; its EffectHandler knows them. */
  readonly action: string;
  /** The cluster that gets the job; absent for effects without a Ganeti job. */
  readonly backendId?: number;
  readonly payload?: Record<string, unknown>;
  /** A pending commission which the effect's end decides. */
  readonly commissionSerial?: number | null;
}

/**
 * Records what has to happen outside. Use: `record` in the transaction that changes the rows, `enqueue` after its commit. A lost wake-up is found
 * by the reconciler.
 */
@Injectable()
export class Effects {
  readonly #producer: Producer<{ effectId: string; round: number }>;

  constructor(
    queues: QueueBackend,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#producer = queues.producer(effectQueue);
  }

  /** @returns the effect's id, which Ganeti gets as the reason of the job */
  async record(tx: EntityManager, effect: NewEffect): Promise<string> {
    const id = randomUUID();
    await tx.insert(EffectEntity, {
      id,
      objectType: effect.objectType,
      objectId: String(effect.objectId),
      action: effect.action,
      backendId: effect.backendId ?? null,
      // jsonb takes any object; TypeORM's insert type wants each member spelled out
      payload: (effect.payload ?? {}) as never,
      commissionSerial: effect.commissionSerial ?? null,
    });
    return id;
  }

  /** Wakes a worker. Never fails: the rows are committed, and the reconciler finds an effect that nobody was told of. */
  async enqueue(effectId: string, options: { round?: number; delayMs?: number } = {}): Promise<void> {
    try {
      await this.#producer.add({ effectId, round: options.round ?? 0 }, { delayMs: options.delayMs });
    } catch (err) {
      this.logger.warn({ err, effectId }, 'effect not enqueued, left to the reconciler');
    }
  }
}
