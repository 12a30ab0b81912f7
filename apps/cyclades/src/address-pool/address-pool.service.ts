import { Injectable } from '@nestjs/common';
import { Conflict, ServiceUnavailable } from '@synnefo/api';
import type { EntityManager } from '@synnefo/database';
import { AddressPoolEntity, AddressPoolValueEntity } from './address-pool.entity.js';
import { bridgeAt, macPrefixAt } from './mac-prefix.js';

export type PoolKind = AddressPoolEntity['kind'];

/** Values that networks draw from; one row a value that is taken. The lowest free value comes first. */
@Injectable()
export class AddressPoolService {
  /** Takes the lowest free value for a network; the pool's row is the lock. @throws ServiceUnavailable when there is no pool or it is empty */
  async allocate(tx: EntityManager, kind: PoolKind, networkId: number): Promise<string> {
    const pool = await tx.findOne(AddressPoolEntity, {
      where: { kind },
      lock: { mode: 'pessimistic_write' },
    });
    if (pool === null) throw new ServiceUnavailable(`No ${kind} pool is configured.`);
    const taken: { index: number }[] = await tx.query(
      'SELECT "index" FROM address_pool_value WHERE pool_id = $1 ORDER BY "index"',
      [pool.id],
    );
    const indexes = new Set(taken.map(({ index }) => index));
    for (let index = 0; index < pool.size; index += 1) {
      if (indexes.has(index)) continue;
      const value = kind === 'mac-prefix' ? macPrefixAt(pool.base, index) : bridgeAt(pool.base, index);
      if (value === null) continue;
      await tx.insert(AddressPoolValueEntity, { poolId: pool.id, index, value, networkId });
      return value;
    }
    throw new ServiceUnavailable(`The ${kind} pool has no free value left.`);
  }

  /** Gives back what a network took. */
  async release(tx: EntityManager, networkId: number): Promise<void> {
    await tx.delete(AddressPoolValueEntity, { networkId, isReserved: false });
  }

  /** @returns false when that kind exists already. @throws Conflict then, unless `ifMissing` */
  async create(
    tx: EntityManager,
    pool: { kind: PoolKind; base: string; size: number },
    ifMissing: boolean,
  ): Promise<boolean> {
    const rows: unknown[] = await tx.query(
      'INSERT INTO address_pool (kind, base, size) VALUES ($1, $2, $3) ON CONFLICT (kind) DO NOTHING RETURNING id',
      [pool.kind, pool.base, pool.size],
    );
    if (rows.length === 0 && !ifMissing) throw new Conflict(`A ${pool.kind} pool exists already.`);
    return rows.length > 0;
  }
}
