import { defineQueue } from '@synnefo/queue';
import { z } from 'zod';

/** A hook of the cluster has run for this object: a job of it is about to end, but the hook does not know which (ganeti spec 11.1). */
export const gntWakeUpQueue = defineQueue({
  name: 'cyclades.gnt-wake-up',
  payload: z.strictObject({
    backendId: z.number().int(),
    objectName: z.string().max(255),
    operation: z.string().max(64),
  }),
  attempts: 5,
  backoffMs: 1_000,
});

export type GntWakeUp = z.infer<typeof gntWakeUpQueue.payload>;
