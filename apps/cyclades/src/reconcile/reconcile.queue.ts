import { defineQueue } from '@synnefo/queue';
import { z } from 'zod';

/** Look for what was left half done. */
export const reconcileQueue = defineQueue({
  name: 'cyclades.reconcile',
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
