import { Injectable } from '@nestjs/common';
import { BadRequest, Conflict, Forbidden, ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { DataSource, transaction } from '@synnefo/database';
import { NetworkEntity } from '../network/network.entity.js';
import { visibleCondition, visibleParameters } from '../network/visibility.js';
import { NetworkService } from '../network/network.service.js';
import { rowKey } from '../network/row-id.js';
import { ServerEntity } from '../server/server.entity.js';
import { allocateAddress } from './allocate-address.js';
import { lockUsable } from './lock-usable.js';
import { IpAddressEntity, PortEntity } from './port.entity.js';

export interface PortAddress {
  readonly portId: number;
  readonly address: string;
  readonly subnetId: number;
  readonly subnetUuid: string;
}

/** A port with what its views show beside its own row. */
export interface PortDetails extends PortEntity {
  readonly networkUuid: string;
  readonly serverUuid: string | null;
  readonly addresses: readonly PortAddress[];
}

export interface CreatePort {
  readonly networkKey: string;
  readonly name: string;
  readonly fixedIp?: string;
}

@Injectable()
export class PortService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly networks: NetworkService,
  ) {}

  /** Ports of the caller, of servers and of private networks that he sees (compute spec 1.0.6). */
  async list(principal: Principal): Promise<PortDetails[]> {
    return this.withDetails(await this.visible(principal).orderBy('port.id').getMany());
  }

  /** All ports of a server, for callers who may see the server. */
  async listOfServer(serverId: number): Promise<PortDetails[]> {
    return this.withDetails(
      await this.dataSource.manager.find(PortEntity, { where: { serverId }, order: { id: 'ASC' } }),
    );
  }

  async get(principal: Principal, key: string): Promise<PortDetails> {
    const where = rowKey(key);
    const port = where === null ? null : await this.visible(principal).andWhere(where).getOne();
    const [found] = port === null ? [] : await this.withDetails([port]);
    if (found === undefined) throw new ItemNotFound(`Port ${key} could not be found.`);
    return found;
  }

  /** A port at no server, with an address. Only servers that are being made can take it. */
  async create(principal: Principal, request: CreatePort): Promise<PortDetails> {
    const network = await this.networks.find(this.dataSource.manager, principal, request.networkKey);
    if (network === null) throw new ItemNotFound(`Network ${request.networkKey} could not be found.`);
    if (network.isPublic) throw new Conflict('A port on a public network needs one of your floating IPs.');
    const id = await transaction(this.dataSource, async (tx) => {
      await lockUsable(tx, network.id);
      const columns = {
        name: request.name,
        userUuid: principal.userUuid,
        project: principal.projectId,
        networkId: network.id,
        state: 'DOWN',
      } as const;
      const port = await tx.save(PortEntity, tx.create(PortEntity, columns));
      await allocateAddress(tx, port, request.fixedIp);
      return port.id;
    });
    return this.get(principal, String(id));
  }

  async rename(principal: Principal, key: string, name: string): Promise<PortDetails> {
    const port = await this.get(principal, key);
    await this.dataSource.manager.update(PortEntity, { id: port.id }, { name, updatedAt: () => 'now()' });
    return this.get(principal, key);
  }

  /** A port without a server goes at once, and its address is free again. */
  async remove(principal: Principal, key: string): Promise<void> {
    const port = await this.get(principal, key);
    await transaction(this.dataSource, async (tx) => {
      const row = await tx.findOne(PortEntity, {
        where: { id: port.id },
        lock: { mode: 'pessimistic_write' },
      });
      if (row === null) throw new ItemNotFound(`Port ${key} could not be found.`);
      if (row.serverId !== null)
        throw new BadRequest('Ports of a server go with it; hotplug is not offered yet.');
      if (row.isPublic) throw new Forbidden('A public port without a floating IP cannot be deleted.');
      await tx.delete(IpAddressEntity, { portId: row.id, isFloating: false });
      await tx.delete(PortEntity, { id: row.id });
    });
  }

  private visible(principal: Principal) {
    const ofServer = visibleCondition(
      'server',
      '(NOT network.isPublic AND network.userUuid = :principalUser)',
    );
    return this.dataSource
      .createQueryBuilder(PortEntity, 'port')
      .innerJoin(NetworkEntity, 'network', 'network.id = port.networkId')
      .leftJoin(ServerEntity, 'server', 'server.id = port.serverId')
      .where(
        `(port.userUuid = :principalUser OR coalesce(${ofServer}, false))`,
        visibleParameters(principal),
      );
  }

  private async withDetails(ports: PortEntity[]): Promise<PortDetails[]> {
    const ids = ports.map(({ id }) => id);
    const links: { portId: number; networkUuid: string; serverUuid: string | null }[] =
      await this.dataSource.query(
        `SELECT port.id AS "portId", network.uuid AS "networkUuid", server.uuid AS "serverUuid"
         FROM port JOIN network ON network.id = port.network_id LEFT JOIN server ON server.id = port.server_id WHERE port.id = ANY($1::int[])`,
        [ids],
      );
    const addresses: PortAddress[] = await this.dataSource.query(
      `SELECT ip.port_id AS "portId", host(ip.address) AS address, subnet.id AS "subnetId", subnet.uuid AS "subnetUuid"
         FROM ip_address ip JOIN subnet ON subnet.id = ip.subnet_id WHERE ip.port_id = ANY($1::int[]) AND NOT ip.is_deleted ORDER BY ip.id`,
      [ids],
    );
    return ports.flatMap((port) => {
      const link = links.find(({ portId }) => portId === port.id);
      if (link === undefined) return []; // deleted meanwhile
      const own = addresses.filter(({ portId }) => portId === port.id);
      return [{ ...port, networkUuid: link.networkUuid, serverUuid: link.serverUuid, addresses: own }];
    });
  }
}
