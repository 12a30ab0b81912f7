import { Inject, Injectable } from '@nestjs/common';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { EffectClaims } from '../effect/effect-claims.js';
import { OpenJobs } from './open-jobs.js';

/** By then whoever follows the job has told its end: a job that fails calls no hook, and a message may be lost. */
const UNHEARD_MS = 15_000;
const EVERY_MS = 8_000;
const JOBS_PER_ROUND = 500;

/** Finds the ends of jobs that nobody told us of. Each job is looked at about once in `EVERY_MS`, however many ask. */
@Injectable()
export class EndedJobs {
  constructor(
    private readonly effects: EffectClaims,
    private readonly openJobs: OpenJobs,
    @Inject(CONFIG) private readonly config: CycladesConfig,
  ) {}

  /** @returns how many jobs were looked at */
  async run(): Promise<number> {
    if (this.config.CYCLADES_JOB_FOLLOWER === 'on') return 0; // looks at every open job, and sooner
    const due = { everyMs: EVERY_MS, limit: JOBS_PER_ROUND, olderThanMs: UNHEARD_MS };
    const open = await this.effects.takeOpenJobs(due);
    await this.openJobs.look(open, 'reconciliation');
    return open.length;
  }
}
