/**
 * Start, stop, reboot and delete: check against the state → commission that stays pending → one transaction over server and effect → queue. The final
 * Ganeti job decides the commission. The state may change between check and lock: then everything begins anew. Source: compute spec 3.2, 3.4, 3.5.1.
 * Lock order: effects of the server, then the server.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Conflict } from '@synnefo/api';
import type { Provision } from '@synnefo/astakos-client';
import type { Principal } from '@synnefo/auth';
import { Commissions, isRefusedDecrease } from '@synnefo/commission';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import { EffectEntity } from '../effect/effect.entity.js';
import { Effects } from '../effect/effects.js';
import { FlavorEntity } from '../flavor/flavor.entity.js';
import { type ServerAction, ServerEntity } from './server.entity.js';
import { type ServerRecord } from './server.repository.js';
import { ServerService } from './server.service.js';
import { actionProvisions } from './server-provisions.js';
import { refusal } from './server-state.js';

export type RequestedAction =
  | { readonly kind: 'START' | 'STOP' | 'DESTROY' }
  | { readonly kind: 'REBOOT'; readonly type: 'SOFT' | 'HARD' };

const ATTEMPTS = 5;
const PAUSE_MS = 100;

/** The server is another than the one that was checked. */
class StateChanged extends Error {}

@Injectable()
export class ActOnServer {
  constructor(
    private readonly servers: ServerService,
    private readonly dataSource: DataSource,
    private readonly commissions: Commissions,
    private readonly effects: Effects,
  ) {}

  /** @throws ItemNotFound, the fault of the state, or what Commissions throw (see quotaFault) */
  async act(principal: Principal, id: string, action: RequestedAction): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(principal, id, action);
      } catch (error) {
        if (!(error instanceof StateChanged) && !isRefusedDecrease(error)) throw error;
        if (attempt >= ATTEMPTS)
          throw new Conflict('The server is being changed by somebody else.', { cause: error });
        await delay(PAUSE_MS * attempt);
      }
    }
  }

  async #attempt(principal: Principal, id: string, action: RequestedAction): Promise<void> {
    const record = await this.servers.record(await this.servers.get(principal, id));
    const { server } = record;
    const refused = refusal(server, action.kind);
    if (refused !== null) throw refused;
    if (action.kind === 'DESTROY' && server.task === 'DESTROY') return; // asked for already
    if (action.kind === 'DESTROY' && (await this.#dropEarlier(server.id))) throw new StateChanged();
    const provisions = await this.#provisions(record, action.kind);
    const name = `${action.kind.toLowerCase()} server ${server.id}`;
    const commission = { name, provisions, force: action.kind === 'DESTROY' };
    const effectId = await this.commissions.withPendingCommission(commission, (tx, serial) =>
      this.#commit(tx, { server, action, serial }),
    );
    await this.effects.enqueue(effectId);
  }

  async #commit(
    tx: EntityManager,
    { server, action, serial }: { server: ServerEntity; action: RequestedAction; serial: number | null },
  ): Promise<string> {
    const locked = await tx.findOne(ServerEntity, {
      where: { id: server.id },
      lock: { mode: 'pessimistic_write' },
    });
    if (locked === null || !isSame(locked, server)) throw new StateChanged();
    const effectId = await this.effects.record(tx, {
      objectType: 'server',
      objectId: server.id,
      action: action.kind,
      backendId: server.backendId,
      commissionSerial: serial,
      payload: action.kind === 'REBOOT' ? { type: action.type } : {},
    });
    await tx.update(
      ServerEntity,
      { id: server.id },
      {
        action: action.kind,
        task: action.kind,
        taskEffectId: effectId,
        commissionSerial: serial,
        updatedAt: () => 'now()',
      },
    );
    return effectId;
  }

  /**
   * A delete gives back what is charged now. What an earlier action still has pending is dropped first, whatever its job does, or both would give
   * back the same; another delete's is not. @returns whether there was anything
   */
  async #dropEarlier(serverId: number): Promise<boolean> {
    const isDropped = await transaction(this.dataSource, async (tx) => {
      const open = await tx
        .createQueryBuilder(EffectEntity, 'effect')
        .setLock('pessimistic_write')
        .where(`object_type = 'server' AND object_id = :id AND finished_at IS NULL`, { id: String(serverId) })
        .andWhere(`commission_serial IS NOT NULL AND action <> 'DESTROY'`)
        .orderBy('seq')
        .getMany();
      for (const { id, commissionSerial, payload } of open) {
        if (commissionSerial !== null) await this.commissions.reject(tx, commissionSerial);
        const uncharged = { ...payload, isUncharged: true };
        await tx.update(EffectEntity, { id }, { commissionSerial: null, payload: uncharged });
      }
      return open.length > 0;
    });
    if (isDropped) await this.commissions.resolveNow();
    return isDropped;
  }

  async #provisions(
    { server, volumes }: ServerRecord,
    action: Exclude<ServerAction, 'BUILD'>,
  ): Promise<Provision[]> {
    const { cpu, ramMib } = await this.dataSource.manager.findOneByOrFail(FlavorEntity, {
      id: server.flavorId,
    });
    return actionProvisions({ ...server, size: { cpu, ramMib }, volumes }, action);
  }
}

function isSame(a: ServerEntity, b: ServerEntity): boolean {
  return (
    a.operstate === b.operstate &&
    a.task === b.task &&
    a.isDeleted === b.isDeleted &&
    a.isSuspended === b.isSuspended &&
    a.chargesRunning === b.chargesRunning
  );
}
