/** The end of a network on a cluster: disconnect it from every node group, remove it there; on the last cluster the network itself ends (compute spec 3.6.2). */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Commissions } from '@synnefo/commission';
import type { EntityManager } from '@synnefo/database';
import type { JobDependency, RapiClient } from '@synnefo/ganeti-rapi';
import { BackendPool } from '../backend/backend-pool.js';
import type { EffectEntity } from '../effect/effect.entity.js';
import {
  type EffectHandler,
  type EffectOutcome,
  type EffectPlan,
  EffectRefused,
} from '../effect/effect-handler.js';
import { EffectHandlers } from '../effect/effect-handlers.js';
import { Naming } from '../installation/naming.js';
import { BackendNetworkEntity, NetworkEntity } from './network.entity.js';
import { NetworkService } from './network.service.js';

const FINAL = ['canceled', 'success', 'error'] as const;

@Injectable()
export class NetworkEffect implements EffectHandler, OnModuleInit {
  readonly objectType = 'network';

  constructor(
    private readonly handlers: EffectHandlers,
    private readonly backends: BackendPool,
    private readonly naming: Naming,
    private readonly networks: NetworkService,
    private readonly commissions: Commissions,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async plan(effect: EffectEntity): Promise<EffectPlan> {
    if (effect.action !== 'DESTROY' || effect.backendId === null)
      throw new EffectRefused(`no action ${effect.action} of networks`);
    const name = this.naming.network(Number(effect.objectId));
    const rapi = await this.backends.client(effect.backendId);
    if ((await rapi.findNetwork(name)) === null) return { kind: 'none' };
    return {
      kind: 'ganeti',
      prepare: (client) => disconnect(client, name),
      submit: (client, options) => client.deleteNetwork(name, options),
    };
  }

  async settle(tx: EntityManager, effect: EffectEntity, outcome: EffectOutcome): Promise<void> {
    const id = Number(effect.objectId);
    const network = await tx.findOne(NetworkEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (network === null || network.isDeleted || effect.backendId === null) return;
    if (outcome.status !== 'success') {
      if (network.commissionSerial !== null)
        await this.commissions.reject(tx, Number(network.commissionSerial));
      await tx.update(
        NetworkEntity,
        { id },
        { action: null, commissionSerial: null, updatedAt: () => 'now()' },
      );
      return;
    }
    await tx.delete(BackendNetworkEntity, { networkId: id, backendId: effect.backendId });
    if (await tx.existsBy(BackendNetworkEntity, { networkId: id })) return;
    if (network.commissionSerial !== null)
      await this.commissions.accept(tx, Number(network.commissionSerial));
    await this.networks.erase(tx, id);
  }
}

async function disconnect(rapi: RapiClient, name: string): Promise<JobDependency[]> {
  const network = await rapi.findNetwork(name);
  const depends: JobDependency[] = [];
  for (const [group] of network?.group_list ?? []) {
    if (group !== undefined) depends.push([await rapi.disconnectNetwork(name, group), FINAL]);
  }
  return depends;
}
