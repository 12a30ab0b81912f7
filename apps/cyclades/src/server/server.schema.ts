/** Bodies and queries of the Synnefo face. Source: compute spec 1.2, 1.2.1, 1.3. */
import { z } from 'zod';

const id = z.union([z.string().max(255), z.number().int()]).transform(String);
const MAX_METADATA = 10;

export const metadataSchema = z
  .record(z.string().min(1).max(50), z.string().max(500))
  .refine((entries) => Object.keys(entries).length <= MAX_METADATA, `at most ${MAX_METADATA} entries`);

export const metadataRule = { maxEntries: MAX_METADATA };

const network = z.object({ uuid: id.optional(), port: id.optional(), fixed_ip: z.ipv4().optional() });

export const blockDevice = z.object({
  source_type: z.enum(['image', 'snapshot', 'volume', 'blank']),
  uuid: id.nullish(),
  volume_size: z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)]).nullish(),
  delete_on_termination: z.boolean().optional(),
});

export const adminPassSchema = z
  .string()
  .regex(
    /^(?=.*[A-Z])(?=.*[a-z])(?=.*\d).{10,}$/,
    'at least 10 characters with a capital, a small letter and a digit',
  );

export const serverCreateSchema = z.object({
  server: z.object({
    name: z.string().max(255),
    imageRef: id.nullable(),
    flavorRef: id,
    metadata: metadataSchema.default({}),
    networks: z.array(network).optional(),
    project: z.string().max(255).optional(),
    shared_to_project: z.boolean().default(false),
    adminPass: adminPassSchema.optional(),
    user_data: z.base64().max(65_535).optional(),
    block_device_mapping_v2: z.array(blockDevice).optional(),
    personality: z.array(z.unknown()).max(5).optional(),
  }),
});
export type ServerCreateBody = z.infer<typeof serverCreateSchema>;

export const serverRenameSchema = z.object({ server: z.object({ name: z.string().max(255) }) });
export type ServerRenameBody = z.infer<typeof serverRenameSchema>;

export const metadataBodySchema = z.object({ metadata: metadataSchema });
export type MetadataBody = z.infer<typeof metadataBodySchema>;

export const metaBodySchema = z.object({ meta: metadataSchema });
export type MetaBody = z.infer<typeof metaBodySchema>;

export const serverQuerySchema = z.object({ 'changes-since': z.string().max(64).optional() });
export type ServerQuery = z.infer<typeof serverQuerySchema>;

/** Exactly one key: which action, with what. */
export const actionSchema = z
  .record(z.string(), z.unknown())
  .refine((body) => Object.keys(body).length === 1, 'exactly one action')
  .transform((body) => {
    const [name, argument] = Object.entries(body)[0] ?? ['', null];
    return { name, argument };
  });
export type ActionBody = z.infer<typeof actionSchema>;

export const rebootSchema = z.object({ type: z.enum(['SOFT', 'HARD']).default('SOFT') });
