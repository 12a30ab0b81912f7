/**
 * The worker's part of a snapshot: seal the volume's map, tell Pithos. Every step may be repeated, so a worker that dies at any line leaves an effect that
 * another finishes. What cannot be sealed ends as an object in state ERROR, which its owner can delete.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Fault, ItemNotFound } from '@synnefo/api';
import { ArchipelagoError, Busy, IoFailed, NoSpace, VolumeFailed } from '@synnefo/archipelago';
import { DataSource, type EntityManager } from '@synnefo/database';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import type { EffectEntity } from '../effect/effect.entity.js';
import {
  type EffectHandler,
  type EffectOutcome,
  type EffectPlan,
  EffectRefused,
} from '../effect/effect-handler.js';
import { EffectHandlers } from '../effect/effect-handlers.js';
import { PithosClient } from '../pithos-client/pithos-client.js';
import { RegisterSnapshot } from './register-snapshot.js';
import { SnapshotEntity } from './snapshot.entity.js';
import { type SnapshotPlan, snapshotPlanSchema } from './snapshot-plan.js';
import { SnapshotLeftovers } from './snapshot-leftovers.js';
import { VolumeSealer } from './volume-sealer.js';

/** How long a passing trouble of the store is waited for, from the request on. */
const PATIENCE_MS = 120_000;
const GONE = 'The snapshot was deleted before it was ready.';
const UNHEARD = 'The request ended before the object store heard of it.';

@Injectable()
export class SnapshotEffect implements EffectHandler, OnModuleInit {
  readonly objectType = 'snapshot';

  constructor(
    private readonly handlers: EffectHandlers,
    private readonly dataSource: DataSource,
    private readonly pithos: PithosClient,
    private readonly registerSnapshot: RegisterSnapshot,
    private readonly sealer: VolumeSealer,
    private readonly leftovers: SnapshotLeftovers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  plan(effect: EffectEntity): Promise<EffectPlan> {
    const plan = snapshotPlanSchema.parse(effect.payload);
    return Promise.resolve({
      kind: 'direct',
      perform: () => (plan.isAbandoned ? this.abandon(effect, plan) : this.perform(effect, plan)),
    });
  }

  async settle(tx: EntityManager, effect: EffectEntity, outcome: EffectOutcome): Promise<void> {
    const isReady = outcome.status === 'success' && !snapshotPlanSchema.parse(effect.payload).isAbandoned;
    const change = isReady
      ? ({ state: 'AVAILABLE' } as const)
      : ({ state: 'ERROR', faultMessage: outcome.message } as const);
    await tx.update(
      SnapshotEntity,
      { mapName: effect.objectId, state: 'CREATING' },
      { ...change, updatedAt: () => 'now()' },
    );
  }

  private async perform(effect: EffectEntity, plan: SnapshotPlan): Promise<void> {
    const mapName = effect.objectId;
    const uuid = await this.ensureObject(plan, mapName);
    try {
      await this.sealer.seal(plan.volumeMap, mapName);
    } catch (error) {
      if (isPassing(error) && Date.now() - effect.createdAt.getTime() < PATIENCE_MS) throw error;
      this.logger.error({ err: error, mapName, volumeMap: plan.volumeMap }, 'snapshot failed');
      await this.tellPithos(plan, { uuid, mapName }, -1);
      throw new EffectRefused(error instanceof Error ? error.message : String(error));
    }
    await this.tellPithos(plan, { uuid, mapName }, 1);
    this.logger.info({ snapshotId: uuid, mapName }, 'snapshot taken');
  }

  /**
   * The object's uuid. A request that died after Pithos had its object is made up for. Where there is none, nobody was told of a snapshot and none can be
   * seen, so its user has asked again: a second one would come as a surprise. An object that its owner deleted meanwhile is not made again either.
   */
  private async ensureObject(plan: SnapshotPlan, mapName: string): Promise<string> {
    const row = await this.dataSource.manager.findOneBy(SnapshotEntity, { mapName });
    try {
      if (row === null) return await this.registeredObject(plan, mapName);
      await this.pithos.getByUuid(plan.user, row.uuid);
      return row.uuid;
    } catch (error) {
      if (row !== null && error instanceof ItemNotFound) return this.gone(row.mapName);
      if (error instanceof Fault && error.code < 500) throw new EffectRefused(error.message);
      throw error;
    }
  }

  private async registeredObject(plan: SnapshotPlan, mapName: string): Promise<string> {
    const images = await this.pithos.listImages(plan.user, false);
    if (!images.some((record) => record.mapName === mapName)) throw new EffectRefused(UNHEARD);
    return (await this.registerSnapshot.run(plan, mapName)).uuid;
  }

  private async tellPithos(
    plan: SnapshotPlan,
    snapshot: { uuid: string; mapName: string },
    available: 1 | -1,
  ): Promise<void> {
    try {
      await this.pithos.updateStatus(plan.user, snapshot.uuid, available);
    } catch (error) {
      if (error instanceof ItemNotFound) await this.gone(snapshot.mapName);
      throw error;
    }
  }

  /** No object refers to the map any more, and Pithos, who would have removed it, did not know of it yet. */
  private async gone(mapName: string): Promise<never> {
    await this.dataSource.manager.update(
      SnapshotEntity,
      { mapName },
      { state: 'DELETED', updatedAt: () => 'now()' },
    );
    await this.sealer.discard(mapName);
    throw new EffectRefused(GONE);
  }

  /** The caller was told that it failed, but Pithos may have the object: it goes, with its charge. What comes later is left to SnapshotLeftovers. */
  private async abandon(effect: EffectEntity, plan: SnapshotPlan): Promise<void> {
    await this.leftovers.remove(plan.user, effect.objectId);
    throw new EffectRefused('The object store did not answer in time.');
  }
}

/** Troubles that may be over when it is tried again; errors that are not Archipelago's own are troubles of the connection to the volume's owner. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ArchipelagoError)) return true;
  return (
    error instanceof Busy ||
    error instanceof VolumeFailed ||
    error instanceof IoFailed ||
    error instanceof NoSpace
  );
}
