import { z } from 'zod';

/** Query of the header-style lists. */
export const planktonListQuerySchema = z.object({
  name: z.string().optional(),
  container_format: z.string().optional(),
  disk_format: z.string().optional(),
  status: z.string().optional(),
  size_min: z.coerce.number().int().optional(),
  size_max: z.coerce.number().int().optional(),
  sort_key: z.string().default('created_at'),
  sort_dir: z.string().default('desc'),
});
export type PlanktonListQuery = z.infer<typeof planktonListQuerySchema>;

/** Body of `PUT /images/<id>/members`. */
export const membershipsSchema = z.object({
  memberships: z.array(z.object({ member_id: z.string().min(1) })),
});
export type Memberships = z.infer<typeof membershipsSchema>;

const BASE_KEYS = [
  'id',
  'name',
  'visibility',
  'disk_format',
  'container_format',
  'min_disk',
  'min_ram',
  'protected',
  'os_hidden',
  'tags',
];
/** Attributes that the service itself sets. */
export const READ_ONLY_KEYS: readonly string[] = [
  ...[
    'status',
    'owner',
    'size',
    'virtual_size',
    'checksum',
    'os_hash_algo',
    'os_hash_value',
    'created_at',
    'updated_at',
  ],
  ...['self', 'file', 'schema', 'direct_url', 'locations', 'stores'],
];

export const visibilitySchema = z.enum(['public', 'private', 'shared']);
export const tagSchema = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[^,]*$/, 'a tag holds no comma');
export const tagsSchema = z.array(tagSchema).transform((tags) => [...new Set(tags)]);
export const diskFormatSchema = z.enum(['raw', 'extdump', 'ntfsdump'], {
  error: 'only raw disks are taken (convert others with qemu-img)',
});
export const containerFormatSchema = z.enum(['bare', 'aki', 'ari', 'ami', 'ovf']);
const countSchema = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);

export const imageBaseSchema = z.object({
  name: z.string().max(255).nullable(),
  visibility: visibilitySchema,
  disk_format: diskFormatSchema.nullable(),
  container_format: containerFormatSchema.nullable(),
  min_disk: countSchema,
  min_ram: countSchema,
  protected: z.boolean(),
  os_hidden: z.boolean(),
  tags: tagsSchema,
});
export type ImageBase = z.infer<typeof imageBaseSchema>;

/** `POST /v2/images`: flat JSON; every key that is not an attribute is a property with a string value, which may be empty (clients spec 3.3). */
export const imageCreateSchema = imageBaseSchema
  .partial()
  .extend({ id: z.never({ error: 'the id is chosen by the object store' }).optional() })
  .catchall(z.string());
export type ImageCreate = z.infer<typeof imageCreateSchema>;

/** The properties among the keys of a flat image body. */
export function flatProperties(body: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(body).filter(([key]) => !BASE_KEYS.includes(key));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

export function isBaseKey(key: string): boolean {
  return BASE_KEYS.includes(key);
}

export const memberCreateSchema = z.object({ member: z.string().min(1).max(255) });
export type MemberCreate = z.infer<typeof memberCreateSchema>;
export const memberUpdateSchema = z.object({ status: z.enum(['pending', 'accepted', 'rejected']) });
export type MemberUpdate = z.infer<typeof memberUpdateSchema>;
