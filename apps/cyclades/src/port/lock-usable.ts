import { BadRequest, Conflict } from '@synnefo/api';
import type { EntityManager } from '@synnefo/database';
import { NetworkEntity } from '../network/network.entity.js';

/** Locks a network that a port is about to join. @throws BadRequest, Conflict (compute spec 1.8.3) */
export async function lockUsable(tx: EntityManager, networkId: number): Promise<NetworkEntity> {
  const network = await tx.findOneOrFail(NetworkEntity, {
    where: { id: networkId },
    lock: { mode: 'pessimistic_write' },
  });
  if (network.isDeleted) throw new BadRequest('Network has been deleted.');
  if (network.state !== 'ACTIVE' || network.action === 'DESTROY')
    throw new Conflict('The network is not active.');
  if (network.isDrained && !network.isPublic) throw new Conflict('The network is drained.');
  return network;
}
