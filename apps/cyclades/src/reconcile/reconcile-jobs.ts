import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import type { BackendEntity } from '../backend/backend.entity.js';
import { BackendPool } from '../backend/backend-pool.js';
import { EffectEntity } from '../effect/effect.entity.js';
import { OpenJobs } from '../gnt-job/open-jobs.js';
import { compareJobs, type EndedJob } from './compare-jobs.js';
import type { ReconcileObject } from './reconcile.queue.js';

/** Jobs of open effects that ended, or were lost, while nobody looked. */
@Injectable()
export class ReconcileJobs {
  constructor(
    private readonly dataSource: DataSource,
    private readonly backends: BackendPool,
    private readonly openJobs: OpenJobs,
  ) {}

  /** @throws what RAPI throws */
  async compare(backend: BackendEntity): Promise<EndedJob[]> {
    const open = await this.#open().andWhere('backend_id = :id', { id: backend.id }).getMany();
    if (open.length === 0) return [];
    const effects = open.flatMap(({ jobId, ...effect }) => (jobId === null ? [] : [{ ...effect, jobId }]));
    return compareJobs(effects, await this.backends.clientOf(backend).jobs());
  }

  /** Tells the ends of these jobs, by the way that messages of a cluster go. */
  async tell(ended: readonly EndedJob[]): Promise<void> {
    const ids = ended.map(({ effect }) => effect.id);
    if (ids.length > 0) await this.#tellOf(this.#open().andWhereInIds(ids).getMany());
  }

  /** Looks at the open jobs of one object now. */
  async look({ objectType, objectId }: Pick<ReconcileObject, 'objectType' | 'objectId'>): Promise<void> {
    const object = { objectType, objectId: String(objectId) };
    const isAboutIt = 'object_type = :objectType AND object_id = :objectId';
    await this.#tellOf(this.#open().andWhere(isAboutIt, object).getMany());
  }

  async #tellOf(open: Promise<EffectEntity[]>): Promise<void> {
    await this.openJobs.look(await open, 'reconciliation');
  }

  #open() {
    return this.dataSource.manager
      .createQueryBuilder(EffectEntity, 'effect')
      .where(`state = 'SUBMITTED' AND finished_at IS NULL AND job_id IS NOT NULL`)
      .orderBy('seq');
  }
}
