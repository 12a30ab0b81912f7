import { BadRequest, Conflict } from '@synnefo/api';
import type { EntityManager } from '@synnefo/database';
import { parseIpv4 } from '../subnet/ipv4.js';
import { SubnetEntity } from '../subnet/subnet.entity.js';
import { IpAddressEntity, type PortEntity } from './port.entity.js';

const LOWEST_FREE = `
SELECT host(candidate.address) AS address FROM (
  SELECT pool.id, pool.first_address + step AS address
    FROM allocation_pool pool, generate_series(0::bigint, pool.last_address - pool.first_address) AS step
   WHERE pool.subnet_id = $1 AND ($3::inet IS NULL OR $3::inet BETWEEN pool.first_address AND pool.last_address)) candidate
 WHERE ($3::inet IS NULL OR candidate.address = $3::inet)
   AND NOT EXISTS (SELECT 1 FROM ip_address taken WHERE taken.network_id = $2 AND taken.address = candidate.address AND NOT taken.is_deleted)
 ORDER BY candidate.id, candidate.address LIMIT 1`;

const INSIDE =
  'SELECT 1 FROM allocation_pool WHERE subnet_id = $1 AND $2::inet BETWEEN first_address AND last_address';

/**
 * Takes an address of the port's network for it: the lowest free one in pool order, or the one asked for (compute spec 3.6.3). The network's row must be
 * locked. A network without an IPv4 subnet gives none.
 * @throws Conflict when it is taken or none is free; BadRequest when it is outside the pools or there is no subnet to take it from
 */
export async function allocateAddress(
  tx: EntityManager,
  port: PortEntity,
  fixedIp: string | undefined,
): Promise<void> {
  const subnet = await tx.findOneBy(SubnetEntity, {
    networkId: port.networkId,
    ipVersion: 4,
    isDeleted: false,
  });
  if (fixedIp !== undefined) parseIpv4(fixedIp);
  if (subnet === null) {
    if (fixedIp !== undefined) throw new BadRequest('The network has no IPv4 subnet.');
    return;
  }
  const free: { address: string }[] = await tx.query(LOWEST_FREE, [
    subnet.id,
    port.networkId,
    fixedIp ?? null,
  ]);
  const address = free[0]?.address;
  if (address === undefined) throw await refusal(tx, subnet.id, fixedIp);
  await tx.insert(IpAddressEntity, {
    networkId: port.networkId,
    subnetId: subnet.id,
    portId: port.id,
    userUuid: port.userUuid,
    address,
    ipVersion: 4,
  });
}

async function refusal(tx: EntityManager, subnetId: number, fixedIp: string | undefined): Promise<Error> {
  if (fixedIp === undefined) return new Conflict('No more IP addresses available on the network.');
  const inside: unknown[] = await tx.query(INSIDE, [subnetId, fixedIp]);
  if (inside.length === 0)
    return new BadRequest(`IP address ${fixedIp} is outside the allocation pools of the network.`);
  return new Conflict(`IP address ${fixedIp} is already in use.`);
}
