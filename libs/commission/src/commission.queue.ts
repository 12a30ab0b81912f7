import { defineQueue, type QueueDefinition } from '@synnefo/queue';
import { z } from 'zod';

export interface CommissionJob {
  readonly serial: string;
}

/** The queue by which one app's API tells its worker that a commission was decided. */
export function commissionQueue(app: string): QueueDefinition<CommissionJob> {
  return defineQueue({
    name: `${app}.commission-resolve`,
    payload: z.strictObject({ serial: z.string().regex(/^\d+$/) }),
    jobId: ({ serial }) => `resolve-${serial}`,
    attempts: 12,
    backoffMs: 500,
  });
}
