import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import type { Orphan } from './compare-orphans.js';
import { OrphanEffects } from './orphan-effects.js';
import { ServerRows } from './server-rows.js';

/** Deletes an instance that no server stands for, by an effect of its own. */
@Injectable()
export class RepairOrphan {
  constructor(
    private readonly effects: OrphanEffects,
    private readonly rows: ServerRows,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * @param once an instance for which this was tried before is left to the operator
   * @returns whether the delete is under way; false for an instance with the disk of a volume that lives, and for a server of another cluster
   */
  async repair(orphan: Orphan, backendId: number, { once }: { once: boolean }): Promise<boolean> {
    if (orphan.why === 'elsewhere' || (await this.rows.liveVolumes(orphan.volumeIds)).length > 0)
      return false;
    const object = { objectType: 'server', objectId: orphan.serverId, backendId } as const;
    const isUnderWay = await this.effects.remove(object, { once });
    if (isUnderWay) this.logger.warn({ ...orphan, backendId }, 'instance without a server is deleted');
    return isUnderWay;
  }
}
