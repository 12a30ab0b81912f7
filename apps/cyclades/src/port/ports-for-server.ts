/**
 * The ports of a server, made and released inside the transactions of its creation and its end.
 */
import { BadRequest, Conflict, ItemNotFound, ServiceUnavailable } from '@synnefo/api';
import type { EntityManager } from 'typeorm';
import type { NetworkEntity } from '../network/network.entity.js';
import { PortEntity } from './port.entity.js';

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

export class PortsForServer {
  /**
   * Makes one port per requested network, in state BUILD, `index` = position, with the lowest free address.
   * Locks the networks in key order. @throws ItemNotFound, Conflict, BadRequest, ServiceUnavailable (compute spec 3.3.3)
   */
  async create(tx: EntityManager, request: PortsRequest): Promise<PortEntity[]> {
    const wanted = request.networks ?? (await this.#default(tx, request));
    const ports: PortEntity[] = [];
    for (const [index, item] of wanted.entries()) ports.push(await this.#port(tx, request, item, index));
    return ports;
  }

  /** Ends the ports of a server that is gone: ordinary addresses are free again, floating ones are kept. */
  async release(tx: EntityManager, serverId: number): Promise<void> {
    const ofServer = 'port_id IN (SELECT id FROM port WHERE server_id = $1)';
    await tx.query(`UPDATE ip_address SET port_id = NULL, updated_at = now() WHERE ${ofServer} AND is_floating`, [serverId]);
    await tx.query(`DELETE FROM ip_address WHERE ${ofServer}`, [serverId]);
    await tx.query('DELETE FROM port WHERE server_id = $1', [serverId]);
  }

  async #default(tx: EntityManager, request: PortsRequest): Promise<RequestedNetwork[]> {
    if (request.whenAbsent === 'none') return [];
    const rows: { id: number }[] = await tx.query(
      'SELECT id FROM network WHERE NOT is_deleted AND NOT is_public AND action IS DISTINCT FROM $2 AND project = $1 ORDER BY id LIMIT 2',
      [request.project, 'DESTROY'],
    );
    if (rows.length > 1) throw new Conflict('Multiple possible networks found, use a Network ID to be more specific.');
    return rows.map((row) => ({ network: String(row.id) }));
  }

  async #port(tx: EntityManager, request: PortsRequest, item: RequestedNetwork, index: number): Promise<PortEntity> {
    if (item.network === undefined) throw new BadRequest('a network entry needs a uuid');
    const networks: Pick<NetworkEntity, 'id'>[] = await tx.query(
      `SELECT id FROM network WHERE (id::text = $1 OR uuid::text = $1) AND NOT is_deleted AND NOT is_public
         AND (user_uuid = $2 OR project = $3 OR (shared_to_project AND project = ANY($4))) FOR UPDATE`,
      [item.network, request.userUuid, request.project, request.projectIds],
    );
    const network = networks[0];
    if (network === undefined) throw new ItemNotFound(`network ${item.network} not found`);
    const port = await tx.save(
      tx.create(PortEntity, {
        userUuid: request.userUuid,
        project: request.project,
        networkId: network.id,
        serverId: request.serverId,
        index,
        state: 'BUILD',
      }),
    );
    await this.#takeAddress(tx, port, item.fixedIp);
    return port;
  }

  async #takeAddress(tx: EntityManager, port: PortEntity, fixedIp: string | undefined): Promise<void> {
    const subnets: { id: number }[] = await tx.query(
      'SELECT id FROM subnet WHERE network_id = $1 AND ip_version = 4 AND NOT is_deleted',
      [port.networkId],
    );
    const subnet = subnets[0];
    if (subnet === undefined) return;
    if (fixedIp !== undefined) throw new BadRequest('fixed_ip is not offered yet');
    const free: { address: string }[] = await tx.query(
      `SELECT host(candidate.address) AS address FROM (
         SELECT pool.first_address + step AS address FROM allocation_pool pool,
           generate_series(0::bigint, pool.last_address - pool.first_address) AS step WHERE pool.subnet_id = $1) candidate
       WHERE NOT EXISTS (SELECT 1 FROM ip_address taken WHERE taken.network_id = $2 AND taken.address = candidate.address AND NOT taken.is_deleted)
       ORDER BY candidate.address LIMIT 1`,
      [subnet.id, port.networkId],
    );
    const address = free[0]?.address;
    if (address === undefined) throw new ServiceUnavailable('the network has no free address');
    await tx.query(
      'INSERT INTO ip_address (network_id, subnet_id, port_id, user_uuid, address) VALUES ($1, $2, $3, $4, $5)',
      [port.networkId, subnet.id, port.id, port.userUuid, address],
    );
  }
}
