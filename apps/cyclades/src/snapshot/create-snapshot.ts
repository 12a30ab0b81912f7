/**
 * A snapshot (design §2, compute spec 3.5.10). Order, and what a death leaves:
 *
 *   effect row with the whole plan → object at Pithos, unavailable → row `snapshot` → queue → (worker) seal the map → Pithos: available
 *
 * The effect comes first, so whoever finds it can do the rest once Pithos has the object, and end it where Pithos has none; each step may be repeated.
 * Pithos answers a repeated registration of the same map with the same object. While the request is at work it holds the effect's claim, so that no worker does the same beside it.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { BadRequest, Fault, ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { DataSource, transaction } from '@synnefo/database';
import type { Logger } from '@synnefo/runtime';
import { GIB } from '@synnefo/units';
import { LOGGER } from '../core/tokens.js';
import { EffectEntity } from '../effect/effect.entity.js';
import { Effects } from '../effect/effects.js';
import { type Image, imageOf, newAttributesOf, objectNameOf } from '../image/image-record.js';
import { Naming } from '../installation/naming.js';
import { ServerMetadataEntity } from '../server/server.entity.js';
import { VolumeEntity } from '../volume/volume.entity.js';
import { type VolumeDetails, VolumeService } from '../volume/volume.service.js';
import { RegisterSnapshot } from './register-snapshot.js';
import type { SnapshotPlan } from './snapshot-plan.js';

export interface CreateSnapshotRequest {
  /** Absent: a text that names the volume. */
  readonly name?: string;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The request's claim on its effect: longer than Pithos may take to answer (2 s to connect, 10 s each for head and body). */
const CLAIM_SECONDS = 30;
/** Properties that a snapshot inherits or gets: an object holds 32 attributes in all. */
const PROPERTIES_LIMIT = 20;

@Injectable()
export class CreateSnapshot {
  constructor(
    private readonly dataSource: DataSource,
    private readonly volumes: VolumeService,
    private readonly registerSnapshot: RegisterSnapshot,
    private readonly effects: Effects,
    private readonly naming: Naming,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async ofVolume(principal: Principal, volumeKey: string, request: CreateSnapshotRequest): Promise<Image> {
    return this.run(principal, await this.volumes.getLive(principal, volumeKey), request);
  }

  /** `createImage`: of the server's root disk. */
  async ofServer(principal: Principal, serverId: number, request: CreateSnapshotRequest): Promise<Image> {
    return this.run(principal, await this.volumes.getRoot(principal, serverId), request);
  }

  private async run(
    principal: Principal,
    volume: VolumeDetails,
    request: CreateSnapshotRequest,
  ): Promise<Image> {
    assertSnapshottable(volume);
    const owner = randomUUID();
    const { effectId, plan } = await this.record(principal, volume, request, owner);
    try {
      const record = await this.registerSnapshot.run(plan, this.naming.snapshot(plan.volumeId, plan.counter));
      await this.release(effectId);
      const image = imageOf(record);
      if (image === null) throw new ItemNotFound('The snapshot was deleted while it was made.');
      return image;
    } catch (error) {
      await this.giveUp(effectId, owner, error);
      throw error;
    }
  }

  /** @param owner whoever claims the effect */
  private async record(
    principal: Principal,
    volume: VolumeDetails,
    request: CreateSnapshotRequest,
    owner: string,
  ) {
    const inherited = await this.inheritedProperties(volume);
    return transaction(this.dataSource, async (tx) => {
      const row = await tx.findOneOrFail(VolumeEntity, {
        where: { id: volume.id },
        lock: { mode: 'pessimistic_write' },
      });
      if (row.isDeleted) throw new ItemNotFound(`Volume ${volume.id} could not be found.`);
      assertSnapshottable({ ...volume, ...row });
      const counter = row.snapshotCounter + 1;
      await tx.update(VolumeEntity, { id: row.id }, { snapshotCounter: counter });
      const plan = this.plan(principal, { volume: row, counter, inherited }, request);
      const objectId = this.naming.snapshot(row.id, counter);
      const effectId = await this.effects.record(tx, {
        objectType: 'snapshot',
        objectId,
        action: 'SEAL',
        payload: { ...plan },
      });
      await tx.query(
        `UPDATE effect SET claimed_by = $2, claimed_until = now() + make_interval(secs => $3) WHERE id = $1`,
        [effectId, owner, CLAIM_SECONDS],
      );
      return { effectId, plan };
    });
  }

  private plan(
    principal: Principal,
    from: { volume: VolumeEntity; counter: number; inherited: Record<string, string> },
    request: CreateSnapshotRequest,
  ): SnapshotPlan {
    const { volume, counter, inherited } = from;
    const name = request.name ?? `Snapshot ${counter} of volume ${volume.name ?? volume.id}`;
    const properties = Object.fromEntries(
      Object.entries({ ...inherited, ...request.metadata }).slice(0, PROPERTIES_LIMIT),
    );
    return {
      volumeId: volume.id,
      counter,
      volumeMap: this.naming.volume(volume.id),
      user: principal.userUuid,
      project: principal.projectId,
      object: objectNameOf(name),
      sizeBytes: volume.sizeGib * GIB,
      meta: newAttributesOf({
        name,
        description: request.description ?? '',
        volumeId: volume.id,
        diskFormat: 'diskdump',
        containerFormat: 'bare',
        properties: { ...properties, exclude_all_tasks: 'yes' },
      }),
      isAbandoned: false,
    };
  }

  /** What the volume's image said; of a root disk also what the server's metadata say of its system. */
  private async inheritedProperties(volume: VolumeDetails): Promise<Record<string, string>> {
    const properties = Object.fromEntries(
      Object.entries(volume.imageMetadata).map(([key, value]) => [key.toLowerCase(), value]),
    );
    if (volume.serverId === null || volume.index !== 0) return properties;
    const rows = await this.dataSource.manager.findBy(ServerMetadataEntity, { serverId: volume.serverId });
    for (const { key, value } of rows)
      if (['os', 'users'].includes(key.toLowerCase())) properties[key.toLowerCase()] = value;
    return properties;
  }

  private async release(effectId: string): Promise<void> {
    await this.dataSource.manager.update(
      EffectEntity,
      { id: effectId },
      { claimedBy: null, claimedUntil: null },
    );
    await this.effects.enqueue(effectId);
  }

  /**
   * A refusal is the end. When nobody knows whether Pithos has the object, a worker takes it away again. An effect that a worker has taken over meanwhile
   * is not touched: the snapshot is made.
   */
  private async giveUp(effectId: string, owner: string, error: unknown): Promise<void> {
    const isRefusal = error instanceof Fault && error.code < 500;
    const message = error instanceof Error ? error.message : String(error);
    const change = isRefusal
      ? `state = 'FAILED', finished_at = now()`
      : `payload = payload || '{"isAbandoned": true}'`;
    try {
      await this.dataSource.query(
        `UPDATE effect SET ${change}, error_message = $2, claimed_by = NULL, claimed_until = NULL
          WHERE id = $1 AND state = 'PENDING' AND claimed_by = $3`,
        [effectId, message, owner],
      );
      if (!isRefusal) await this.effects.enqueue(effectId);
    } catch (cause) {
      this.logger.warn({ err: cause, effectId }, 'a snapshot that failed is left to the reconciler');
    }
  }
}

/** @throws BadRequest (compute spec 3.5.10) */
function assertSnapshottable(volume: Pick<VolumeDetails, 'status' | 'diskTemplate'>): void {
  if (volume.status !== 'AVAILABLE' && volume.status !== 'IN_USE') {
    throw new BadRequest(`Cannot create a snapshot while the volume is in status '${volume.status}'.`);
  }
  if (!volume.diskTemplate.startsWith('ext_'))
    throw new BadRequest('Volumes of this type have no snapshots.');
}
