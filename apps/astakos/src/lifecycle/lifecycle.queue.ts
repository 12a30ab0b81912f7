import { defineQueue } from '@synnefo/queue';
import { z } from 'zod';

/** Periodic: ends what has expired. No input; what one run misses the next one finds. */
export const lifecycleQueue = defineQueue({
  name: 'astakos.lifecycle',
  payload: z.strictObject({}),
  attempts: 3,
  backoffMs: 1_000,
});

export const LIFECYCLE_EVERY_MS = 10 * 60_000;
