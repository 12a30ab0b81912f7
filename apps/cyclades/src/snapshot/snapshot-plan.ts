import { z } from 'zod';

/** All that has to be known to finish a snapshot, kept in the payload of its effect: a worker needs nothing from the request. */
export const snapshotPlanSchema = z.object({
  volumeId: z.number().int(),
  counter: z.number().int(),
  volumeMap: z.string(),
  user: z.string(),
  project: z.string(),
  /** Name of the object in container `snapshots`. */
  object: z.string(),
  sizeBytes: z.number().int(),
  /** Attributes of the object. */
  meta: z.record(z.string(), z.string()),
  /** The caller was told that it failed: what is left of it goes away. */
  isAbandoned: z.boolean().default(false),
});
export type SnapshotPlan = z.infer<typeof snapshotPlanSchema>;
