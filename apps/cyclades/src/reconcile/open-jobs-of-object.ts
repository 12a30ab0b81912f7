import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import { EffectEntity } from '../effect/effect.entity.js';
import { OpenJobs } from '../gnt-job/open-jobs.js';
import type { ReconcileObject } from './reconcile.queue.js';

/** Looks at the open jobs of one object now: their ends may have passed unseen. */
@Injectable()
export class OpenJobsOfObject {
  constructor(
    private readonly dataSource: DataSource,
    private readonly openJobs: OpenJobs,
  ) {}

  async look({ objectType, objectId }: Pick<ReconcileObject, 'objectType' | 'objectId'>): Promise<void> {
    const open = await this.dataSource.manager
      .createQueryBuilder(EffectEntity, 'effect')
      .where(`state = 'SUBMITTED' AND finished_at IS NULL`)
      .andWhere('object_type = :objectType AND object_id = :objectId', {
        objectType,
        objectId: String(objectId),
      })
      .orderBy('seq')
      .getMany();
    await this.openJobs.look(open);
  }
}
