import { z } from 'zod';

/** Bodies of the internal calls. Unknown keys are refused: both ends are ours. */
const user = z.uuid();
const name = z.string().min(1);
const items = z.record(z.string().min(1).max(128), z.string().max(256));
const location = { account: name, container: name.refine((text) => !text.includes('/')), object: name };
const contentType = z.string().max(256).default('application/octet-stream');
const holders = z.array(z.string().min(1).max(256)).max(1000);
export const availableSchema = z.union([z.literal(1), z.literal(0), z.literal(-1)]);

/** UUIDs in the spellings that storage spec §4.2 names: plain, `{…}`, `urn:uuid:…`. */
const uuid = z
  .string()
  .transform((text) =>
    text
      .replace(/^urn:uuid:/i, '')
      .replace(/^\{(.*)\}$/, '$1')
      .toLowerCase(),
  )
  .pipe(z.guid());

export const getByUuidSchema = z.strictObject({ user, uuid, checkPermission: z.boolean().default(true) });
export const getByLocationSchema = z.strictObject({ user, ...location });
export const listDomainSchema = z.strictObject({
  user: user.nullable(),
  domain: name,
  includeShared: z.boolean().default(true),
  publicOnly: z.boolean().default(false),
});
export const updateMetaSchema = z.strictObject({
  user,
  uuid,
  domain: name,
  meta: z.record(z.string().min(1).max(128), z.string().max(256).nullable()),
  replace: z.boolean().default(false),
});
export const setPermissionsSchema = z.strictObject({ user, uuid, read: holders, write: holders.default([]) });
export const registerMapSchema = z.strictObject({
  user,
  ...location,
  mapName: name,
  sizeBytes: z.int().min(0),
  contentType,
  domain: name,
  meta: items,
  project: name.optional(),
});
export const updateStatusSchema = z.strictObject({ user, uuid, available: availableSchema });
export const createEmptySchema = z.strictObject({
  user,
  ...location,
  contentType,
  domain: name,
  meta: items,
  project: name.optional(),
});
export const deleteByUuidSchema = z.strictObject({ user, uuid, onlyContainers: z.array(name).optional() });
export const userQuerySchema = z.object({ user });
export const uploadQuerySchema = z.object({ user, onlyEmpty: z.literal('true').optional() });
export const uuidParamSchema = uuid;

export type GetByUuid = z.infer<typeof getByUuidSchema>;
export type GetByLocation = z.infer<typeof getByLocationSchema>;
export type ListDomain = z.infer<typeof listDomainSchema>;
export type UpdateMeta = z.infer<typeof updateMetaSchema>;
export type SetPermissions = z.infer<typeof setPermissionsSchema>;
export type RegisterMap = z.infer<typeof registerMapSchema>;
export type UpdateStatus = z.infer<typeof updateStatusSchema>;
export type CreateEmpty = z.infer<typeof createEmptySchema>;
export type DeleteByUuid = z.infer<typeof deleteByUuidSchema>;
export type UploadQuery = z.infer<typeof uploadQuerySchema>;
