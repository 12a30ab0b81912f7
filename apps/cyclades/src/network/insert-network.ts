import type { EntityManager } from '@synnefo/database';
import type { AddressPoolService } from '../address-pool/address-pool.service.js';
import { NetworkEntity, type NetworkFlavor } from './network.entity.js';
import { NETWORK_FLAVORS } from './network-flavor.js';

/** Writes a network's row, with the values that its flavor draws from pools. @throws ServiceUnavailable when a pool is missing or empty */
export async function insertNetwork(
  tx: EntityManager,
  pools: AddressPoolService,
  columns: Partial<NetworkEntity> & { name: string; flavor: NetworkFlavor },
): Promise<NetworkEntity> {
  const traits = NETWORK_FLAVORS[columns.flavor];
  const defaults = {
    mode: traits.mode,
    link: traits.link ?? '',
    macPrefix: traits.macPrefix ?? '',
    tags: [...traits.tags],
  };
  const row = { ...defaults, ...columns };
  const { id } = await tx.save(NetworkEntity, tx.create(NetworkEntity, row));
  const ownLink = row.link === '' ? `snf-link-${id}` : row.link;
  const link = traits.link === null ? await pools.allocate(tx, 'bridge', id) : ownLink;
  const macPrefix = traits.macPrefix === null ? await pools.allocate(tx, 'mac-prefix', id) : row.macPrefix;
  await tx.update(NetworkEntity, { id }, { link, macPrefix });
  return tx.findOneByOrFail(NetworkEntity, { id });
}
