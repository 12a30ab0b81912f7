/** Open effects beside the cluster's jobs: those whose end nobody told. Pure. */
import { isFinal, type JobSummary } from '@synnefo/ganeti-rapi';

export interface OpenEffect {
  readonly id: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly action: string;
  readonly jobId: number;
}

export interface EndedJob {
  readonly effect: OpenEffect;
  /** How it ended; null: the cluster does not know the job any more. */
  readonly status: string | null;
}

/** @param jobs what the cluster has, read after the effects */
export function compareJobs(effects: readonly OpenEffect[], jobs: readonly JobSummary[]): EndedJob[] {
  const byId = new Map(jobs.map((job) => [job.id, job.status]));
  return effects
    .map((effect) => ({ effect, status: byId.get(effect.jobId) ?? null }))
    .filter(({ status }) => status === null || isFinal(status));
}
