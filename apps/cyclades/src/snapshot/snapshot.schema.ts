import { z } from 'zod';
import { displayNames, plainNames } from '../volume/display-names.js';

const text = z.string().max(255);
const metadata = z.record(z.string().min(1).max(64), z.string().max(255)).nullish();
const volumeKey = z.union([z.string(), z.number().int()]).transform(String);

/** `POST /snapshots` of the Synnefo face (compute spec 1.9.3). */
export const snapshotCreateSchema = z.object({
  snapshot: z.object({
    volume_id: volumeKey,
    display_name: text.nullish(),
    display_description: text.nullish(),
    metadata,
  }),
});
export type SnapshotCreate = z.infer<typeof snapshotCreateSchema>;

export const snapshotUpdateSchema = z.object({
  snapshot: z.object({ display_name: text.optional(), display_description: text.optional() }),
});
export type SnapshotUpdate = z.infer<typeof snapshotUpdateSchema>;

/** `POST /snapshots` of block storage v3; `force` changes nothing, for a volume in use can always be snapshotted. */
export const snapshotV3CreateSchema = z.object({
  snapshot: z.object({ volume_id: volumeKey, ...displayNames, metadata }).transform(plainNames),
});
export type SnapshotV3Create = z.infer<typeof snapshotV3CreateSchema>;

export const snapshotV3UpdateSchema = z.object({
  snapshot: z.object(displayNames).transform(plainNames),
});
export type SnapshotV3Update = z.infer<typeof snapshotV3UpdateSchema>;
