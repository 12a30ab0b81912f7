import { Injectable } from '@nestjs/common';
import { BadRequest, Conflict, Forbidden, ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { DataSource, transaction } from '@synnefo/database';
import { BackendNetworkEntity, NetworkEntity } from '../network/network.entity.js';
import { visibleCondition, visibleParameters } from '../network/visibility.js';
import { NetworkService } from '../network/network.service.js';
import { rowKey } from '../network/row-id.js';
import { type CreateSubnet, insertSubnet } from './insert-subnet.js';
import type { AllocationPool } from './ipv4.js';
import { AllocationPoolEntity, SubnetEntity } from './subnet.entity.js';

/** A subnet with what its views show beside its own row. */
export interface SubnetDetails extends SubnetEntity {
  readonly network: Pick<NetworkEntity, 'id' | 'uuid' | 'isPublic' | 'project'>;
  readonly pools: readonly AllocationPool[];
}

@Injectable()
export class SubnetService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly networks: NetworkService,
  ) {}

  async list(principal: Principal): Promise<SubnetDetails[]> {
    const rows = await this.dataSource
      .createQueryBuilder(SubnetEntity, 'subnet')
      .innerJoin(NetworkEntity, 'network', 'network.id = subnet.networkId')
      .where(visibleCondition('network', 'network.isPublic'), visibleParameters(principal))
      .andWhere('NOT subnet.isDeleted')
      .orderBy('subnet.id')
      .getMany();
    return this.withDetails(rows);
  }

  /** Deleted subnets are found too. @throws ItemNotFound */
  async get(principal: Principal, key: string): Promise<SubnetDetails> {
    const where = rowKey(key);
    const row = where === null ? null : await this.dataSource.manager.findOneBy(SubnetEntity, where);
    const network =
      row === null
        ? null
        : await this.networks.find(this.dataSource.manager, principal, String(row.networkId));
    const [found] = row === null || network === null ? [] : await this.withDetails([row]);
    if (found === undefined) throw new ItemNotFound(`Subnet ${key} could not be found.`);
    return found;
  }

  /** Compute spec 1.8.2. @throws BadRequest, Conflict, Forbidden, ItemNotFound, RequestEntityTooLarge */
  async create(principal: Principal, request: CreateSubnet): Promise<SubnetDetails> {
    const network = await this.networks.find(this.dataSource.manager, principal, request.networkKey);
    if (network === null) throw new ItemNotFound(`Network ${request.networkKey} could not be found.`);
    if (network.isDeleted) throw new BadRequest('Network has been deleted.');
    if (network.userUuid !== principal.userUuid)
      throw new Forbidden('Only the owner of a network can add a subnet.');
    const id = await transaction(this.dataSource, async (tx) => {
      if (await tx.existsBy(BackendNetworkEntity, { networkId: network.id })) {
        throw new BadRequest('A subnet cannot be added once a server was connected to the network.');
      }
      return insertSubnet(tx, network, request);
    });
    return this.get(principal, String(id));
  }

  async rename(principal: Principal, key: string, name: string): Promise<SubnetDetails> {
    const subnet = await this.getOwned(principal, key);
    await this.dataSource.manager.update(SubnetEntity, { id: subnet.id }, { name, updatedAt: () => 'now()' });
    return this.get(principal, key);
  }

  /** Only while no address was taken from it and no cluster knows the network. */
  async remove(principal: Principal, key: string): Promise<void> {
    const subnet = await this.getOwned(principal, key);
    await transaction(this.dataSource, async (tx) => {
      await tx.findOneOrFail(NetworkEntity, {
        where: { id: subnet.networkId },
        lock: { mode: 'pessimistic_write' },
      });
      const [taken]: unknown[] = await tx.query(
        `SELECT 1 FROM ip_address WHERE subnet_id = $1 AND NOT is_deleted
         UNION ALL SELECT 1 FROM backend_network WHERE network_id = $2 LIMIT 1`,
        [subnet.id, subnet.networkId],
      );
      if (taken !== undefined) throw new Conflict('The subnet is in use.');
      await tx.delete(AllocationPoolEntity, { subnetId: subnet.id });
      await tx.update(SubnetEntity, { id: subnet.id }, { isDeleted: true, updatedAt: () => 'now()' });
    });
  }

  private async getOwned(principal: Principal, key: string): Promise<SubnetDetails> {
    const subnet = await this.get(principal, key);
    if (subnet.isDeleted) throw new ItemNotFound(`Subnet ${key} could not be found.`);
    if (subnet.userUuid !== principal.userUuid) throw new Forbidden('Only the owner may change a subnet.');
    return subnet;
  }

  private async withDetails(subnets: SubnetEntity[]): Promise<SubnetDetails[]> {
    const ids = subnets.map(({ id }) => id);
    const networks: (SubnetDetails['network'] & { subnetId: number })[] = await this.dataSource.query(
      `SELECT subnet.id AS "subnetId", network.id, network.uuid, network.is_public AS "isPublic", network.project
         FROM subnet JOIN network ON network.id = subnet.network_id WHERE subnet.id = ANY($1::int[])`,
      [ids],
    );
    const pools: (AllocationPool & { subnetId: number })[] = await this.dataSource.query(
      `SELECT subnet_id AS "subnetId", host(first_address) AS start, host(last_address) AS "end"
         FROM allocation_pool WHERE subnet_id = ANY($1::int[]) ORDER BY id`,
      [ids],
    );
    return subnets.flatMap((subnet) => {
      const network = networks.find(({ subnetId }) => subnetId === subnet.id);
      if (network === undefined) return [];
      const own = pools
        .filter(({ subnetId }) => subnetId === subnet.id)
        .map(({ start, end }) => ({ start, end }));
      return [{ ...subnet, network, pools: own }];
    });
  }
}
