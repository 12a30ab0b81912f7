import { defineQueue } from '@synnefo/queue';
import { z } from 'zod';

/** Do one effect. `round` makes each wake-up a job of its own: an add whose id still exists would be dropped. */
export const effectQueue = defineQueue({
  name: 'cyclades.effect',
  payload: z.strictObject({ effectId: z.uuid(), round: z.number().int().min(0) }),
  jobId: ({ effectId, round }) => (round === 0 ? `effect-${effectId}` : `effect-${effectId}-${round}`),
  attempts: 3,
  backoffMs: 1_000,
});
