/** What effects do to servers: which Ganeti job each needs, and what its end changes. Lock order in `settle`: effect (by the caller), server. */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from '@synnefo/database';
import type { JobDependency, RapiClient } from '@synnefo/ganeti-rapi';
import { BackendEntity } from '../backend/backend.entity.js';
import type { EffectEntity } from '../effect/effect.entity.js';
import {
  type EffectHandler,
  type EffectOutcome,
  type EffectPlan,
  EffectRefused,
} from '../effect/effect-handler.js';
import { EffectHandlers } from '../effect/effect-handlers.js';
import { FlavorEntity } from '../flavor/flavor.entity.js';
import { Naming } from '../installation/naming.js';
import { VolumeEntity } from '../volume/volume.entity.js';
import { VolumeTypeEntity } from '../volume-type/volume-type.entity.js';
import { ApplyServerChange } from './apply-server-change.js';
import { EnsureNetwork } from './ensure-network.js';
import { instanceCreate, type PortPart } from './instance-create.js';
import { type ServerAction, ServerEntity } from './server.entity.js';
import { serverChange } from './server-outcome.js';

const ACTIONS: readonly string[] = ['BUILD', 'START', 'STOP', 'REBOOT', 'DESTROY'];

@Injectable()
export class ServerEffects implements EffectHandler, OnModuleInit {
  readonly objectType = 'server';

  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: EffectHandlers,
    private readonly naming: Naming,
    private readonly ensureNetwork: EnsureNetwork,
    private readonly changes: ApplyServerChange,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async plan(effect: EffectEntity): Promise<EffectPlan> {
    const action = actionOf(effect);
    const name = this.naming.server(Number(effect.objectId));
    switch (action) {
      case 'BUILD':
        return this.#planBuild(Number(effect.objectId));
      case 'START':
        return { kind: 'ganeti', submit: (rapi, options) => rapi.startInstance(name, options) };
      case 'STOP':
        return { kind: 'ganeti', submit: (rapi, options) => rapi.shutdownInstance(name, {}, options) };
      case 'REBOOT': {
        // Both are Ganeti's hard reboot; HARD leaves the guest no time (compute spec 3.5).
        const reboot =
          effect.payload.type === 'HARD'
            ? ({ type: 'hard', timeoutS: 0 } as const)
            : ({ type: 'hard' } as const);
        return { kind: 'ganeti', submit: (rapi, options) => rapi.rebootInstance(name, reboot, options) };
      }
      case 'DESTROY':
        // Nobody will look at the disks again: the guest is not waited for.
        return {
          kind: 'ganeti',
          submit: (rapi, options) => rapi.deleteInstance(name, { timeoutS: 0 }, options),
        };
    }
  }

  async settle(tx: EntityManager, effect: EffectEntity, outcome: EffectOutcome): Promise<void> {
    const server = await tx.findOne(ServerEntity, {
      where: { id: Number(effect.objectId) },
      lock: { mode: 'pessimistic_write' },
    });
    if (server === null || server.isDeleted) return;
    const isStraggler = outcome.gntJobId !== null && outcome.gntJobId <= server.lastFinalJobId;
    const change = isStraggler ? {} : serverChange(actionOf(effect), outcome.status === 'success');
    await this.changes.apply(tx, server, {
      change,
      outcome,
      isUncharged: effect.payload.isUncharged === true,
      // The task ends with the effect it waits for, and no other.
      endsTask: server.taskEffectId === effect.id,
    });
  }

  async #planBuild(serverId: number): Promise<EffectPlan> {
    const manager = this.dataSource.manager;
    const server = await manager.findOneByOrFail(ServerEntity, { id: serverId });
    const flavor = await manager.findOneByOrFail(FlavorEntity, { id: server.flavorId });
    const type = await manager.findOneByOrFail(VolumeTypeEntity, { id: flavor.volumeTypeId });
    const backend = await manager.findOneByOrFail(BackendEntity, { id: server.backendId });
    const volumes = await manager.find(VolumeEntity, {
      where: { serverId, isDeleted: false },
      order: { index: 'ASC' },
    });
    if (volumes.length === 0) throw new EffectRefused('the server has no disk');
    const ports: PortPart[] = await this.dataSource.query(PORTS, [serverId]);
    const instance = instanceCreate(
      {
        serverId,
        cpu: flavor.cpu,
        ramMib: flavor.ramMib,
        diskTemplate: type.diskTemplate,
        hypervisor: backend.hypervisor,
        volumes,
        ports,
      },
      this.naming,
    );
    return {
      kind: 'ganeti',
      prepare: (rapi) => this.#networks(backend, ports, rapi),
      submit: (rapi, options) => rapi.createInstance(instance, options),
    };
  }

  async #networks(
    backend: BackendEntity,
    ports: readonly PortPart[],
    rapi: RapiClient,
  ): Promise<JobDependency[]> {
    const depends: JobDependency[] = [];
    for (const networkId of new Set(ports.map((port) => port.networkId)))
      depends.push(...(await this.ensureNetwork.on(backend, networkId, rapi)));
    return depends;
  }
}

const PORTS = `
SELECT port.id, port.network_id AS "networkId", (SELECT host(address) FROM ip_address WHERE port_id = port.id AND ip_version = 4 AND NOT is_deleted LIMIT 1) AS ipv4
  FROM port WHERE server_id = $1 ORDER BY "index", id`;

function actionOf(effect: EffectEntity): ServerAction {
  if (!ACTIONS.includes(effect.action)) throw new EffectRefused(`no action ${effect.action} of servers`);
  return effect.action as ServerAction; // checked above
}
