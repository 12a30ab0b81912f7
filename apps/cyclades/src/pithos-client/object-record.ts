import { z } from 'zod';

/** An object of Pithos as the internal API shows it (storage spec 4.3). `available`: 1 yes, 0 not yet, -1 never. */
export const objectRecordSchema = z.object({
  uuid: z.string(),
  account: z.string(),
  container: z.string(),
  path: z.string(),
  version: z.coerce.number(),
  sizeBytes: z.number(),
  hash: z.string().nullish(),
  contentType: z.string().nullish(),
  mapName: z.string().nullish(),
  isSnapshot: z.boolean(),
  available: z.union([z.literal(1), z.literal(0), z.literal(-1)]),
  owner: z.string(),
  project: z.string().nullish(),
  createdAt: z.string(),
  modifiedAt: z.string(),
  meta: z.record(z.string(), z.string()),
  permissions: z.object({ read: z.array(z.string()), write: z.array(z.string()) }),
});
export type ObjectRecord = z.infer<typeof objectRecordSchema>;
export type Availability = ObjectRecord['available'];

export const objectListSchema = z.object({ objects: z.array(objectRecordSchema) });
export const emptyReplySchema = z.unknown();

export interface ObjectLocation {
  readonly account: string;
  readonly container: string;
  readonly object: string;
}

export interface RegisterMap extends ObjectLocation {
  readonly user: string;
  readonly mapName: string;
  readonly sizeBytes: number;
  readonly contentType?: string;
  readonly meta: Record<string, string>;
  readonly project?: string;
}

export interface CreateEmpty extends ObjectLocation {
  readonly user: string;
  readonly contentType?: string;
  readonly meta: Record<string, string>;
  readonly project?: string;
}
