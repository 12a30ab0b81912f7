import { defineQueue } from '@synnefo/queue';
import { z } from 'zod';

/** Look for what was left half done. */
export const reconcileQueue = defineQueue({
  name: 'cyclades.reconcile',
  payload: z.strictObject({}),
  attempts: 1,
  backoffMs: 1_000,
});

/** Compare all clusters with our rows. */
export const reconcileClustersQueue = defineQueue({
  name: 'cyclades.reconcile-clusters',
  payload: z.strictObject({}),
  attempts: 1,
  backoffMs: 1_000,
});

/** Compare volumes with the maps of the store. */
export const reconcileVolumesQueue = defineQueue({
  name: 'cyclades.reconcile-volumes',
  payload: z.strictObject({}),
  attempts: 1,
  backoffMs: 1_000,
});

/** Read again what the clusters have free. */
export const backendRefreshQueue = defineQueue({
  name: 'cyclades.backend-refresh',
  payload: z.strictObject({}),
  attempts: 1,
  backoffMs: 1_000,
});

/** Compare one object with its cluster: a job that is not ours has ended there. */
export const reconcileObjectQueue = defineQueue({
  name: 'cyclades.reconcile-object',
  payload: z.strictObject({
    backendId: z.number().int(),
    objectType: z.enum(['server', 'network']),
    objectId: z.number().int(),
  }),
  attempts: 5,
  backoffMs: 1_000,
});

export type ReconcileObject = z.infer<typeof reconcileObjectQueue.payload>;
