/**
 * Makes an effect happen once and only once, though any step may fail and the worker may die at any line.
 *
 *   claim → plan → mark "submitting" (committed) → request to RAPI, reason = effect id → row: job id
 *
 * Death before the mark: nothing left, the next worker begins anew. Death after it, or a lost answer: a job may exist, so the next try looks for it by
 * its reason, again and again until `SEARCH_MS` after the request left; longer than RAPI lets a request hang (30 s). Only then is it sent again.
 * A refusal is the effect's end; a cluster that is away is waited for. One that hangs has a few of the worker's places at most (`BackendPlaces`).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { RapiDown, type RapiClient, RapiError, type SubmitOptions } from '@synnefo/ganeti-rapi';
import type { Logger } from '@synnefo/runtime';
import { BackendPool } from '../backend/backend-pool.js';
import { LOGGER } from '../core/tokens.js';
import type { EffectEntity } from './effect.entity.js';
import { BackendPlaces } from './backend-places.js';
import { CLAIM_MS, EffectClaims } from './effect-claims.js';
import { EffectEnd } from './effect-end.js';
import { type EffectPlan, EffectRefused } from './effect-handler.js';
import { EffectHandlers } from './effect-handlers.js';

/** `again`: wake somebody after `afterMs`. */
export type EffectProgress = { readonly kind: 'over' } | { readonly kind: 'again'; readonly afterMs: number };

export interface EffectTimings {
  readonly searchMs: number;
  readonly searchEveryMs: number;
  readonly retryMs: number;
}

const DEFAULT_TIMINGS: EffectTimings = { searchMs: 35_000, searchEveryMs: 1_000, retryMs: 2_000 };
const OVER: EffectProgress = { kind: 'over' };
const FINAL = ['canceled', 'success', 'error'] as const;

@Injectable()
export class EffectRunner {
  timings = DEFAULT_TIMINGS;

  constructor(
    private readonly effects: EffectClaims,
    private readonly handlers: EffectHandlers,
    private readonly backends: BackendPool,
    private readonly places: BackendPlaces,
    private readonly end: EffectEnd,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Does the effect as far as it can be done now. */
  async run(effectId: string): Promise<EffectProgress> {
    const effect = await this.effects.find(effectId);
    if (effect?.state !== 'PENDING') return OVER;
    if (effect.backendId === null) return this.#claimAndRun(effectId);
    const release = await this.places.take(effect.backendId);
    if (release === null) return { kind: 'again', afterMs: this.timings.retryMs };
    try {
      return await this.#claimAndRun(effectId);
    } finally {
      release();
    }
  }

  async #claimAndRun(effectId: string): Promise<EffectProgress> {
    const worker = randomUUID();
    if (!(await this.effects.claim(effectId, worker))) return this.#notClaimed(effectId);
    const renewal = setInterval(
      () => void this.effects.renew(effectId, worker).catch(() => undefined),
      CLAIM_MS / 3,
    );
    try {
      const effect = await this.effects.find(effectId);
      return effect === null ? OVER : await this.#progress(effect, worker);
    } finally {
      clearInterval(renewal);
      await this.effects.release(effectId, worker).catch(() => undefined);
    }
  }

  /** Another has it, or an earlier effect of the object comes first; or it is over. */
  async #notClaimed(effectId: string): Promise<EffectProgress> {
    const effect = await this.effects.find(effectId);
    return effect?.state === 'PENDING' ? { kind: 'again', afterMs: this.timings.retryMs } : OVER;
  }

  async #progress(effect: EffectEntity, worker: string): Promise<EffectProgress> {
    const plan = await this.handlers.get(effect.objectType).plan(effect);
    if (plan.kind === 'ganeti') return this.#submit(effect, plan, worker);
    try {
      if (plan.kind === 'direct') await plan.perform();
    } catch (error) {
      if (!(error instanceof EffectRefused)) throw error;
      await this.end.finish(effect.id, { status: 'error', message: error.message, gntJobId: null });
      return OVER;
    }
    await this.end.finish(effect.id, { status: 'success', message: null, gntJobId: null });
    return OVER;
  }

  async #submit(
    effect: EffectEntity,
    plan: Extract<EffectPlan, { kind: 'ganeti' }>,
    worker: string,
  ): Promise<EffectProgress> {
    if (effect.backendId === null) throw new Error(`effect ${effect.id} has no backend`);
    const rapi = await this.backends.client(effect.backendId);
    try {
      const found = await this.#search(effect.id, rapi);
      if (found !== null) {
        await this.effects.markSubmitted(effect.id, found);
        this.logger.warn({ effectId: effect.id, gntJobId: found }, 'ganeti job found again by its reason');
        return OVER;
      }
      return await this.#send(effect, plan, { rapi, worker });
    } catch (error) {
      return this.#failed(effect, error);
    }
  }

  /** @returns the job that carries the effect's id; null when it is sure that there is none */
  async #search(effectId: string, rapi: RapiClient): Promise<number | null> {
    for (;;) {
      const sinceMs = await this.effects.sinceSubmitting(effectId);
      if (sinceMs === null) return null;
      const job = await rapi.findJobByReason(effectId);
      if (job !== null) return job.id;
      if (sinceMs > this.timings.searchMs) return null;
      await delay(this.timings.searchEveryMs);
    }
  }

  async #send(
    effect: EffectEntity,
    plan: Extract<EffectPlan, { kind: 'ganeti' }>,
    { rapi, worker }: { rapi: RapiClient; worker: string },
  ): Promise<EffectProgress> {
    const before = (await plan.prepare?.(rapi)) ?? [];
    const earlier = await this.effects.earlierOpenJobs(effect);
    const depends = [...before, ...earlier.map((jobId) => [jobId, FINAL] as const)];
    if (!(await this.effects.markSubmitting(effect.id, worker)))
      return { kind: 'again', afterMs: this.timings.retryMs };
    const options: SubmitOptions = { reason: effect.id, ...(depends.length === 0 ? {} : { depends }) };
    const jobId = await plan.submit(rapi, options);
    await this.effects.markSubmitted(effect.id, jobId);
    this.logger.info(
      { effectId: effect.id, objectId: effect.objectId, action: effect.action, gntJobId: jobId },
      'ganeti job submitted',
    );
    return OVER;
  }

  async #failed(effect: EffectEntity, error: unknown): Promise<EffectProgress> {
    if (error instanceof RapiDown) {
      if (error.outcome === 'not-received') await this.effects.unmarkSubmitting(effect.id);
      this.logger.warn({ err: error, effectId: effect.id }, 'ganeti does not answer');
      return { kind: 'again', afterMs: this.timings.retryMs };
    }
    if (error instanceof RapiError || error instanceof EffectRefused) {
      this.logger.error({ err: error, effectId: effect.id }, 'ganeti refused the job');
      await this.end.finish(effect.id, { status: 'error', message: error.message, gntJobId: null });
      return OVER;
    }
    throw error;
  }
}
