/**
 * Mends one difference between a server and its instance, by the ways that messages go: the server's row is locked, its ports, volumes and charge change
 * with it in one transaction, and a change of what is charged is a forced commission of its own. Ganeti is asked for nothing. A row that was written after
 * it was read, or that has an open effect by now, is left alone. Lock order: server, volumes, ports, commission.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Provision } from '@synnefo/astakos-client';
import { Commissions, provisionsFor } from '@synnefo/commission';
import type { EntityManager } from '@synnefo/database';
import type { Instance } from '@synnefo/ganeti-rapi';
import type { Logger } from '@synnefo/runtime';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import { LOGGER } from '../core/tokens.js';
import { ApplyServerChange } from '../server/apply-server-change.js';
import { ServerEntity } from '../server/server.entity.js';
import { type ServerChange, serverChange } from '../server/server-outcome.js';
import { actionProvisions } from '../server/server-provisions.js';
import { runningDeltas } from '../server/server-quota.js';
import type { ServerDifference } from './compare-server.js';
import type { ServerRow } from './compared-rows.js';
import { FixFlavor } from './fix-flavor.js';
import { FixDisks } from './fix-disks.js';
import { FixNics } from './fix-nics.js';
import type { Found, RepairPlan } from './repair-plan.js';

export interface RepairOptions {
  /** A server whose instance is gone: it shows an error and stays (`keep`), or ends as if it had been deleted (`end`). */
  readonly stale: 'keep' | 'end';
}

/** The server is another than the one that was compared. */
class ServerChanged extends Error {}

const GONE = 'The instance is gone from its cluster.';
const LOST = 'The creation was lost.';

@Injectable()
export class RepairServer {
  constructor(
    private readonly commissions: Commissions,
    private readonly changes: ApplyServerChange,
    private readonly flavors: FixFlavor,
    private readonly nics: FixNics,
    private readonly disks: FixDisks,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @returns whether it is mended; false when the server changed meanwhile, or when there is no way to mend it */
  async repair(difference: ServerDifference, found: Found, options: RepairOptions): Promise<boolean> {
    try {
      const isMended = await this.#mend(difference, found, options);
      if (isMended) this.logger.warn({ ...difference }, 'difference of a server repaired');
      return isMended;
    } catch (error) {
      if (!(error instanceof ServerChanged)) throw error;
      this.logger.info({ serverId: difference.serverId }, 'server changed meanwhile, left alone');
      return false;
    }
  }

  async #mend({ kind }: ServerDifference, found: Found, options: RepairOptions): Promise<boolean> {
    const { row } = found;
    switch (kind) {
      case 'stale':
        return this.#stale(found, options);
      case 'build':
      case 'state':
        return this.#state(found);
      case 'charge':
        return this.#change(found, {
          change: { chargesRunning: !row.chargesRunning },
          provisions: this.#running(row, !row.chargesRunning),
        });
      case 'task':
        return this.#change(found, { change: {}, provisions: [] });
      case 'flavor':
        return this.#locked(found, await this.flavors.plan(found));
      case 'nics':
        return this.#locked(found, this.nics.plan(found));
      case 'disks':
        return this.#locked(found, this.disks.plan(found));
    }
  }

  #stale(found: Found, options: RepairOptions): Promise<boolean> {
    const { row } = found;
    // Its owner wanted it to go, and it is gone.
    if (row.action === 'DESTROY' || options.stale === 'end') {
      const charged = { ...row, size: { cpu: row.cpu, ramMib: row.ramMib } };
      return this.#change(found, {
        change: serverChange('DESTROY', true),
        provisions: actionProvisions(charged, 'DESTROY'),
      });
    }
    const change: ServerChange = { operstate: 'ERROR', chargesRunning: true, parts: 'failed' };
    return this.#change(found, { change, provisions: this.#running(row, true), message: GONE });
  }

  #state(found: Found): Promise<boolean> {
    const { row, instance } = found;
    if (instance === null)
      return this.#change(found, { change: serverChange('BUILD', false), provisions: [], message: LOST });
    if (instance.oper_state === null) return Promise.resolve(false);
    const made = row.operstate === 'BUILD' || row.operstate === 'ERROR' ? serverChange('BUILD', true) : {};
    const change = { ...made, ...serverChange(instance.oper_state ? 'START' : 'STOP', true) };
    return this.#change(found, { change, provisions: this.#running(row, instance.oper_state) });
  }

  /** What it takes to charge CPU and memory, or to give them back. */
  #running(row: ServerRow, isCharged: boolean): Provision[] {
    if (row.chargesRunning === isCharged) return [];
    const deltas = runningDeltas(row, isCharged ? 1n : -1n);
    return provisionsFor(row.userUuid as UserUuid, row.project as ProjectUuid, deltas); // written from principals only
  }

  #change(
    found: Found,
    repair: { change: ServerChange; provisions: Provision[]; message?: string },
  ): Promise<boolean> {
    const { change, provisions, message = null } = repair;
    const outcome = { status: 'success', message, gntJobId: null, nics: nicsOf(found.instance) } as const;
    return this.#locked(found, {
      provisions,
      apply: (tx, server) => this.changes.apply(tx, server, { change, outcome, endsTask: true }),
    });
  }

  async #locked({ row }: Found, plan: RepairPlan | null): Promise<boolean> {
    if (plan === null) return false;
    const commission = { name: `server ${row.id}: reconciled`, provisions: plan.provisions, force: true };
    await this.commissions.withCommission(commission, async (tx) => {
      await plan.apply(tx, await lockUnchanged(tx, row));
    });
    return true;
  }
}

/** @throws ServerChanged */
async function lockUnchanged(tx: EntityManager, row: ServerRow): Promise<ServerEntity> {
  const locked: { version: string }[] = await tx.query(
    'SELECT xmin::text AS version FROM server WHERE id = $1 FOR UPDATE',
    [row.id],
  );
  if (locked[0]?.version !== row.version) throw new ServerChanged();
  const open: unknown[] = await tx.query(
    `SELECT 1 FROM effect WHERE object_type = 'server' AND object_id = $1 AND finished_at IS NULL LIMIT 1`,
    [String(row.id)],
  );
  if (open.length > 0) throw new ServerChanged();
  return tx.findOneByOrFail(ServerEntity, { id: row.id });
}

function nicsOf(instance: Instance | null) {
  return instance?.['nic.names'].map((name, index) => ({ name, mac: instance['nic.macs'][index] ?? null }));
}
