import { Injectable } from '@nestjs/common';
import { ServiceUnavailable } from '@synnefo/api';
import { DataSource, transaction } from '@synnefo/database';
import { In } from 'typeorm';
import { BackendEntity } from './backend.entity.js';
import { chooseCapacity, type Demand } from './backend-score.js';

/** Chooses the cluster of a new server and counts the server there, in a transaction of its own: the next refresh corrects the numbers. */
@Injectable()
export class ChooseBackend {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws ServiceUnavailable when no cluster takes new servers */
  choose(demand: Demand): Promise<number> {
    return transaction(this.dataSource, async (tx) => {
      const candidates = await tx.find(BackendEntity, {
        where: { isOffline: false, isDrained: false, isPublic: true },
        order: { id: 'ASC' },
        lock: { mode: 'pessimistic_write' },
      });
      const id = chooseCapacity(candidates, demand);
      if (id === null) throw new ServiceUnavailable('No cluster takes new servers at the moment.');
      await tx.update(
        BackendEntity,
        { id: In([id]) },
        {
          memoryFreeMib: () => `greatest(0, memory_free_mib - ${Math.trunc(demand.ramMib)})`,
          diskFreeMib: () => `greatest(0, disk_free_mib - ${Math.trunc(demand.diskMib)})`,
          instanceCount: () => 'instance_count + 1',
        },
      );
      return id;
    });
  }
}
