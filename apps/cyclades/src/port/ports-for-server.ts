/**
 * The ports of a server, made and released inside the transactions of its creation and its end (compute spec 3.3.3).
 */
import { Injectable } from '@nestjs/common';
import { BadRequest, Conflict, ItemNotFound } from '@synnefo/api';
import type { EntityManager } from '@synnefo/database';
import { NetworkEntity } from '../network/network.entity.js';
import { rowKey } from '../network/row-id.js';
import { allocateAddress } from './allocate-address.js';
import { lockUsable } from './lock-usable.js';
import { IpAddressEntity, PortEntity } from './port.entity.js';

/** One entry of the request's `networks`. Ids are as the caller wrote them: integers as text, or UUIDs. */
export interface RequestedNetwork {
  readonly network?: string;
  readonly port?: string;
  readonly fixedIp?: string;
}

export interface PortsRequest {
  readonly serverId: number;
  readonly userUuid: string;
  readonly project: string;
  readonly projectIds: readonly string[];
  /** Null: the caller named none, the face's default holds. */
  readonly networks: readonly RequestedNetwork[] | null;
  /** `project-network`: the caller's only network, none or a conflict (OpenStack); `none`: no port (Synnefo, without default networks). */
  readonly whenAbsent: 'project-network' | 'none';
}

const MAX_NICS = 8;

interface Place {
  readonly serverId: number;
  readonly index: number;
}

@Injectable()
export class PortsForServer {
  /**
   * One port per requested network, in state BUILD, `index` = position, with the address asked for or the lowest free one. Locks the networks in key order.
   * @throws ItemNotFound, Conflict, BadRequest
   */
  async create(tx: EntityManager, request: PortsRequest): Promise<PortEntity[]> {
    const wanted = request.networks ?? (await this.defaults(tx, request));
    if (wanted.length > MAX_NICS)
      throw new BadRequest(`A server has at most ${MAX_NICS} network interfaces.`);
    const networkIds = new Set<number>();
    for (const item of wanted)
      if (item.port === undefined) networkIds.add((await this.network(tx, request, item)).id);
    for (const id of [...networkIds].sort((a, b) => a - b)) await lockUsable(tx, id);
    const ports: PortEntity[] = [];
    for (const [index, item] of wanted.entries()) {
      const place = { serverId: request.serverId, index };
      ports.push(
        item.port === undefined
          ? await this.make(tx, request, { item, place })
          : await this.take(tx, request, { key: item.port, place }),
      );
    }
    return ports;
  }

  /** Ends the ports of a server that is gone: ordinary addresses are free again, floating ones are kept. */
  async release(tx: EntityManager, serverId: number): Promise<void> {
    const ofServer = 'port_id IN (SELECT id FROM port WHERE server_id = $1)';
    await tx.query(
      `UPDATE ip_address SET port_id = NULL, updated_at = now() WHERE ${ofServer} AND is_floating`,
      [serverId],
    );
    await tx.query(`DELETE FROM ip_address WHERE ${ofServer}`, [serverId]);
    await tx.query('DELETE FROM port WHERE server_id = $1', [serverId]);
  }

  private async defaults(tx: EntityManager, request: PortsRequest): Promise<RequestedNetwork[]> {
    if (request.whenAbsent === 'none') return [];
    const rows: { id: number }[] = await tx.query(
      `SELECT id FROM network WHERE NOT is_deleted AND NOT is_public AND action IS DISTINCT FROM 'DESTROY' AND project = $1
          AND (user_uuid = $2 OR shared_to_project) ORDER BY id LIMIT 2`,
      [request.project, request.userUuid],
    );
    if (rows.length > 1)
      throw new Conflict('Multiple possible networks found, use a Network ID to be more specific.');
    return rows.map((row) => ({ network: String(row.id) }));
  }

  /** A network that the caller sees. */
  private async network(
    tx: EntityManager,
    request: PortsRequest,
    item: RequestedNetwork,
  ): Promise<NetworkEntity> {
    if (item.network === undefined) throw new BadRequest('A network entry needs a uuid or a port.');
    const where = rowKey(item.network);
    const network = where === null ? null : await tx.findOneBy(NetworkEntity, where);
    if (network === null || !isVisible(request, network))
      throw new ItemNotFound(`Network ${item.network} could not be found.`);
    return network;
  }

  private async make(
    tx: EntityManager,
    request: PortsRequest,
    { item, place }: { item: RequestedNetwork; place: Place },
  ): Promise<PortEntity> {
    const network = await this.network(tx, request, item);
    const { userUuid, project } = request;
    const columns = {
      ...place,
      userUuid,
      project,
      networkId: network.id,
      isPublic: network.isPublic,
      state: 'BUILD',
    } as const;
    const port = await tx.save(PortEntity, tx.create(PortEntity, columns));
    if (network.isPublic) await takeFloating(tx, port, item.fixedIp);
    else await allocateAddress(tx, port, item.fixedIp);
    return port;
  }

  /** A port that was made before. */
  private async take(
    tx: EntityManager,
    request: PortsRequest,
    { key, place }: { key: string; place: Place },
  ): Promise<PortEntity> {
    const where = rowKey(key);
    const port =
      where === null ? null : await tx.findOne(PortEntity, { where, lock: { mode: 'pessimistic_write' } });
    if (port === null || port.userUuid !== request.userUuid)
      throw new ItemNotFound(`Port ${key} could not be found.`);
    if (port.serverId !== null) throw new Conflict(`Port ${key} is in use.`);
    await tx.update(PortEntity, { id: port.id }, { ...place, state: 'BUILD', updatedAt: () => 'now()' });
    return tx.findOneByOrFail(PortEntity, { id: port.id });
  }
}

function isVisible(request: PortsRequest, network: NetworkEntity): boolean {
  if (network.isPublic || network.userUuid === request.userUuid) return true;
  return network.sharedToProject && network.project !== null && request.projectIds.includes(network.project);
}

/** One of the user's own unattached floating addresses of the network. @throws Conflict when there is none, ItemNotFound when the one asked for is not his */
async function takeFloating(tx: EntityManager, port: PortEntity, address: string | undefined): Promise<void> {
  const rows: { id: number; port_id: number | null }[] = await tx.query(
    `SELECT id, port_id FROM ip_address WHERE network_id = $1 AND user_uuid = $2 AND is_floating AND NOT is_deleted
        AND ($3::inet IS NULL OR address = $3::inet) ORDER BY id FOR UPDATE`,
    [port.networkId, port.userUuid, address ?? null],
  );
  if (address !== undefined && rows.length === 0)
    throw new ItemNotFound(`Floating IP ${address} could not be found.`);
  const free = rows.find((row) => row.port_id === null);
  if (free === undefined) throw new Conflict('You have no free floating IP of this network.');
  await tx.update(IpAddressEntity, { id: free.id }, { portId: port.id, updatedAt: () => 'now()' });
}
