import { Injectable } from '@nestjs/common';
import { BadRequest, Conflict, Forbidden, ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { Commissions, isRefusedDecrease, provisionsFor, quotaFault } from '@synnefo/commission';
import { DataSource, type EntityManager } from '@synnefo/database';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import { AddressPoolService } from '../address-pool/address-pool.service.js';
import { Effects } from '../effect/effects.js';
import { IpAddressEntity, PortEntity } from '../port/port.entity.js';
import { AllocationPoolEntity, SubnetEntity } from '../subnet/subnet.entity.js';
import { BackendNetworkEntity, NetworkEntity, type NetworkFlavor } from './network.entity.js';
import { insertNetwork } from './insert-network.js';
import { maySeeNetwork, visibleCondition, visibleParameters } from './visibility.js';
import { rowKey } from './row-id.js';

export interface NetworkWithSubnets extends NetworkEntity {
  readonly subnets: readonly Pick<SubnetEntity, 'id' | 'uuid'>[];
}

export interface CreateNetwork {
  readonly name: string;
  readonly flavor: NetworkFlavor;
  readonly project: ProjectUuid;
  readonly sharedToProject: boolean;
}

const BEING_DELETED = 'The network is being deleted.';
export const NETWORK_RESOURCE = 'cyclades.network.private';

@Injectable()
export class NetworkService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly commissions: Commissions,
    private readonly pools: AddressPoolService,
    private readonly effects: Effects,
  ) {}

  /** The networks that the caller sees and that are not deleted, oldest first. */
  async list(principal: Principal): Promise<NetworkWithSubnets[]> {
    const rows = await this.dataSource
      .createQueryBuilder(NetworkEntity, 'network')
      .where(visibleCondition('network', 'network.isPublic'), visibleParameters(principal))
      .andWhere('NOT network.isDeleted')
      .orderBy('network.id')
      .getMany();
    return this.withSubnets(rows);
  }

  /** Deleted networks are found too (compute spec 1.0.5). @throws ItemNotFound */
  async get(principal: Principal, key: string): Promise<NetworkWithSubnets> {
    const network = await this.find(this.dataSource.manager, principal, key);
    const [found] = network === null ? [] : await this.withSubnets([network]);
    if (found === undefined) throw new ItemNotFound(`Network ${key} could not be found.`);
    return found;
  }

  /** Null when there is none that the caller sees. */
  async find(tx: EntityManager, principal: Principal, key: string): Promise<NetworkEntity | null> {
    const where = rowKey(key);
    const network = where === null ? null : await tx.findOneBy(NetworkEntity, where);
    return network !== null && maySeeNetwork(principal, network) ? network : null;
  }

  /** A private network; ACTIVE at once, since a cluster hears of it with its first NIC. */
  async create(principal: Principal, request: CreateNetwork): Promise<NetworkWithSubnets> {
    const provisions = provisionsFor(principal.userUuid, request.project, { [NETWORK_RESOURCE]: 1n });
    try {
      return await this.commissions.withCommission(
        { name: `network '${request.name}'`, provisions },
        async (tx) => {
          const owner = {
            userUuid: principal.userUuid,
            project: request.project,
            sharedToProject: request.sharedToProject,
          };
          return {
            ...(await insertNetwork(tx, this.pools, {
              name: request.name,
              flavor: request.flavor,
              ...owner,
            })),
            subnets: [],
          };
        },
      );
    } catch (error) {
      throw quotaFault(error);
    }
  }

  /** @throws Forbidden for a public network */
  async rename(principal: Principal, key: string, name: string): Promise<NetworkWithSubnets> {
    const network = await this.getLive(principal, key, 'renamed');
    await this.dataSource.manager.update(
      NetworkEntity,
      { id: network.id },
      { name, updatedAt: () => 'now()' },
    );
    return this.get(principal, key);
  }

  /** Gone at once when no cluster knows it; else a job of each cluster removes it first. @throws Conflict while ports or floating IPs use it */
  async remove(principal: Principal, key: string): Promise<void> {
    const network = await this.getLive(principal, key, 'deleted');
    const { userUuid, project } = network;
    const isCharged = !network.isPublic && userUuid !== null && project !== null;
    const clusters = await this.dataSource.manager.findBy(BackendNetworkEntity, { networkId: network.id });
    const provisions = isCharged
      ? provisionsFor(userUuid as UserUuid, project as ProjectUuid, { [NETWORK_RESOURCE]: -1n })
      : []; // the columns keep what a Principal gave
    const request = { name: `network ${network.id}`, provisions, force: true };
    try {
      if (clusters.length === 0) {
        await this.commissions.withCommission(request, async (tx) => {
          await lockForRemoval(tx, network.id);
          await this.erase(tx, network.id);
        });
        return;
      }
      await this.removeFromClusters(network.id, request);
    } catch (error) {
      if (isRefusedDecrease(error)) throw new Conflict(BEING_DELETED, { cause: error });
      throw quotaFault(error);
    }
  }

  /** The network is nowhere any more: pools, subnets and values are free. */
  async erase(tx: EntityManager, networkId: number): Promise<void> {
    await this.pools.release(tx, networkId);
    const subnets = await tx.findBy(SubnetEntity, { networkId });
    for (const subnet of subnets) await tx.delete(AllocationPoolEntity, { subnetId: subnet.id });
    const gone = { isDeleted: true, updatedAt: () => 'now()' };
    await tx.update(SubnetEntity, { networkId }, gone);
    await tx.update(
      NetworkEntity,
      { id: networkId },
      { ...gone, state: 'DELETED', action: null, isDrained: false, deletedAt: () => 'now()' },
    );
  }

  private async removeFromClusters(
    networkId: number,
    request: Parameters<Commissions['withPendingCommission']>[0],
  ): Promise<void> {
    const effectIds = await this.commissions.withPendingCommission(request, async (tx, serial) => {
      await lockForRemoval(tx, networkId);
      const clusters = await tx.findBy(BackendNetworkEntity, { networkId });
      // With one cluster its effect decides the commission; with several, the last of them does.
      const own = clusters.length === 1 ? serial : null;
      const commissionSerial = own === null ? serial : null;
      await tx.update(
        NetworkEntity,
        { id: networkId },
        { action: 'DESTROY', commissionSerial, updatedAt: () => 'now()' },
      );
      const ids: string[] = [];
      for (const { backendId } of clusters) {
        ids.push(
          await this.effects.record(tx, {
            objectType: 'network',
            objectId: networkId,
            action: 'DESTROY',
            backendId,
            commissionSerial: own,
          }),
        );
      }
      return ids;
    });
    for (const id of effectIds) await this.effects.enqueue(id);
  }

  private async getLive(principal: Principal, key: string, verb: string): Promise<NetworkEntity> {
    const network = await this.find(this.dataSource.manager, principal, key);
    if (network === null) throw new ItemNotFound(`Network ${key} could not be found.`);
    if (network.isDeleted) throw new BadRequest('Network has been deleted.');
    if (network.isPublic && !principal.isAdmin) throw new Forbidden(`A public network cannot be ${verb}.`);
    if (network.action === 'DESTROY') throw new Conflict(BEING_DELETED);
    return network;
  }

  private async withSubnets(networks: NetworkEntity[]): Promise<NetworkWithSubnets[]> {
    const rows: { network_id: number; id: number; uuid: string }[] = await this.dataSource.query(
      'SELECT network_id, id, uuid FROM subnet WHERE network_id = ANY($1::int[]) AND NOT is_deleted ORDER BY id',
      [networks.map(({ id }) => id)],
    );
    return networks.map((network) => ({
      ...network,
      subnets: rows.filter((row) => row.network_id === network.id),
    }));
  }
}

/** Locks the network, so that no port can come meanwhile, and that one request alone removes it. @throws Conflict */
async function lockForRemoval(tx: EntityManager, networkId: number): Promise<void> {
  const lock = { mode: 'pessimistic_write' } as const;
  const network = await tx.findOneOrFail(NetworkEntity, { where: { id: networkId }, lock });
  if (network.isDeleted || network.action === 'DESTROY') throw new Conflict(BEING_DELETED);
  if (await tx.existsBy(PortEntity, { networkId })) throw new Conflict('There are ports on the network.');
  const floating = { networkId, isFloating: true, isDeleted: false };
  if (await tx.existsBy(IpAddressEntity, floating))
    throw new Conflict('There are floating IPs of the network.');
}
