import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@synnefo/database';
import type { EffectOutcome } from '../effect/effect-handler.js';
import { ServerEntity } from './server.entity.js';
import type { ServerChange } from './server-outcome.js';
import { ServerParts } from './server-parts.js';

const FAULT_LIMIT = 1_000;

export interface AppliedChange {
  readonly change: ServerChange;
  readonly outcome: EffectOutcome;
  /** Somebody else has charged what this changes. */
  readonly isUncharged?: boolean;
  /** The task that the server waits for is over. */
  readonly endsTask?: boolean;
}

/** The one way in which the end of a job, or what was seen at a cluster, changes a server with its ports and volumes. */
@Injectable()
export class ApplyServerChange {
  constructor(private readonly parts: ServerParts) {}

  /** The caller holds the lock of the server's row, and has a commission for what is charged. */
  async apply(tx: EntityManager, server: ServerEntity, applied: AppliedChange): Promise<void> {
    const { change, outcome } = applied;
    if (change.parts !== undefined) await this.parts.change(tx, server.id, change.parts, outcome);
    await tx.update(
      ServerEntity,
      { id: server.id },
      {
        ...columns(server, applied),
        ...(applied.endsTask === true ? { task: null, taskEffectId: null, commissionSerial: null } : {}),
        updatedAt: () => 'now()',
      },
    );
  }
}

function columns(server: ServerEntity, { change, outcome, isUncharged = false }: AppliedChange) {
  const isGone = change.operstate === 'DESTROYED';
  return {
    operstate: change.operstate ?? server.operstate,
    chargesRunning: isUncharged ? server.chargesRunning : (change.chargesRunning ?? server.chargesRunning),
    lastFinalJobId: Math.max(server.lastFinalJobId, outcome.gntJobId ?? 0),
    buildPercentage: change.parts === 'ready' ? 100 : server.buildPercentage,
    ...(change.parts === 'ready' ? { launchedAt: () => 'now()' } : {}),
    ...(change.parts === 'failed'
      ? {
          faultMessage: (outcome.message ?? 'The creation failed.').slice(0, FAULT_LIMIT),
          faultedAt: () => 'now()',
        }
      : {}),
    ...(isGone ? { isDeleted: true, deletedAt: () => 'now()' } : {}),
  };
}
