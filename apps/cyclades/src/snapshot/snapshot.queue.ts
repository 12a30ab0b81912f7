import { defineQueue } from '@synnefo/queue';
import { z } from 'zod';

/** Look for objects of snapshots that are over. */
export const snapshotLeftoversQueue = defineQueue({
  name: 'cyclades.snapshot-leftovers',
  payload: z.strictObject({}),
  attempts: 1,
  backoffMs: 1_000,
});
