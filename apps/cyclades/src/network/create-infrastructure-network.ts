import { type DataSource, type EntityManager, transaction } from '@synnefo/database';
import { AddressPoolService } from '../address-pool/address-pool.service.js';
import type { AllocationPool } from '../subnet/ipv4.js';
import { insertSubnet } from '../subnet/insert-subnet.js';
import { insertNetwork } from './insert-network.js';
import { NetworkEntity, type NetworkFlavor } from './network.entity.js';

export interface InfrastructureNetwork {
  readonly name: string;
  readonly flavor: NetworkFlavor;
  readonly isPublic: boolean;
  readonly isFloatingIpPool: boolean;
  readonly isDrained: boolean;
  readonly link?: string;
  readonly macPrefix?: string;
  readonly subnet?: string;
  readonly gateway?: string;
  readonly pools?: readonly AllocationPool[];
  readonly hasDhcp: boolean;
}

/** A network of the installation: without owner, and not charged. @returns null when one of that name exists */
export function createInfrastructureNetwork(
  dataSource: DataSource,
  request: InfrastructureNetwork,
): Promise<NetworkEntity | null> {
  return transaction(dataSource, async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('infrastructure-network'))`);
    const existing = await tx
      .createQueryBuilder(NetworkEntity, 'network')
      .where('network.name = :name AND network.userUuid IS NULL AND NOT network.isDeleted', {
        name: request.name,
      })
      .getExists();
    return existing ? null : insert(tx, request);
  });
}

async function insert(tx: EntityManager, request: InfrastructureNetwork): Promise<NetworkEntity> {
  const { name, flavor, isPublic, isFloatingIpPool, isDrained, link, macPrefix } = request;
  const network = await insertNetwork(tx, new AddressPoolService(), {
    ...{ name, flavor, isPublic, isFloatingIpPool, isDrained, isExternalRouter: isPublic },
    ...(link === undefined ? {} : { link }),
    ...(macPrefix === undefined ? {} : { macPrefix }),
  });
  if (request.subnet !== undefined) {
    await insertSubnet(tx, network, {
      networkKey: String(network.id),
      cidr: request.subnet,
      ipVersion: 4,
      name: null,
      gateway: request.gateway,
      hasDhcp: request.hasDhcp,
      pools: request.pools,
      dnsNameservers: [],
      hostRoutes: [],
    });
  }
  return network;
}
