import { BadRequest, NotImplemented } from '@synnefo/api';
import { type EntityManager, isUniqueViolation } from '@synnefo/database';
import type { NetworkEntity } from '../network/network.entity.js';
import {
  type AllocationPool,
  checkedPools,
  defaultPools,
  formatIpv4,
  gatewayOf,
  parseIpv4Cidr,
} from './ipv4.js';
import { AllocationPoolEntity, SubnetEntity } from './subnet.entity.js';

export interface CreateSubnet {
  readonly networkKey: string;
  readonly cidr: string;
  readonly ipVersion: number;
  readonly name: string | null;
  /** Absent: the first host; null: none. */
  readonly gateway?: string | null;
  readonly hasDhcp: boolean;
  readonly pools?: readonly AllocationPool[];
  readonly dnsNameservers: string[];
  readonly hostRoutes: { destination: string; nexthop: string }[];
}

/** Writes a subnet's row and its pools (compute spec 1.8.2). @returns its id. @throws BadRequest, Conflict, RequestEntityTooLarge, NotImplemented */
export async function insertSubnet(
  tx: EntityManager,
  network: NetworkEntity,
  request: CreateSubnet,
): Promise<number> {
  if (request.ipVersion === 6) throw new NotImplemented('Subnets of IP version 6 are not offered yet.');
  if (request.ipVersion !== 4) throw new BadRequest(`Malformed IP version '${request.ipVersion}'.`);
  const cidr = parseIpv4Cidr(request.cidr);
  const gateway = gatewayOf(cidr, request.gateway);
  const pools =
    request.pools === undefined ? defaultPools(cidr, gateway) : checkedPools(cidr, gateway, request.pools);
  const { name, hasDhcp, dnsNameservers, hostRoutes } = request;
  const columns = {
    networkId: network.id,
    userUuid: network.userUuid,
    name,
    cidr: cidr.text,
    gateway,
    hasDhcp,
    dnsNameservers,
    hostRoutes,
  };
  try {
    const { id } = await tx.save(SubnetEntity, tx.create(SubnetEntity, columns));
    for (const { first, last } of pools) {
      await tx.insert(AllocationPoolEntity, {
        subnetId: id,
        firstAddress: formatIpv4(first),
        lastAddress: formatIpv4(last),
      });
    }
    return id;
  } catch (error) {
    if (isUniqueViolation(error, 'uq_subnet_network_id_ip_version'))
      throw new BadRequest('Only one subnet of each IP version per network.');
    throw error;
  }
}
