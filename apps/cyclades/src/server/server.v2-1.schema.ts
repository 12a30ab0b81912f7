/** Bodies and queries of compute v2.1, as clients send them (clients spec 3.2). Unknown keys are dropped. */
import { pageQuerySchema } from '@synnefo/api';
import { z } from 'zod';

const id = z.union([z.string().max(255), z.number().int()]).transform(String);
const MAX_METADATA = 128;

const metadata = z.record(z.string().min(1).max(255), z.string().max(255));
export const metadataV21Rule = { maxEntries: MAX_METADATA };

const blockDevice = z.object({
  source_type: z.enum(['image', 'snapshot', 'volume', 'blank']),
  destination_type: z.string().nullish(),
  boot_index: z
    .union([
      z.number().int(),
      z
        .string()
        .regex(/^-?\d+$/)
        .transform(Number),
    ])
    .nullish(),
  uuid: id.nullish(),
  volume_size: z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)]).nullish(),
  delete_on_termination: z
    .union([z.boolean(), z.enum(['true', 'false', 'True', 'False']).transform((v) => /^t/i.test(v))])
    .optional(),
});

const network = z.object({ uuid: id.nullish(), port: id.nullish(), fixed_ip: z.ipv4().nullish() });
const count = z
  .union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.literal(1, 'one server at a time'))
  .optional();

export const serverV21CreateSchema = z.object({
  server: z.object({
    name: z.string().min(1).max(255),
    imageRef: id.nullish(),
    flavorRef: id,
    metadata: metadata.default({}),
    networks: z.union([z.enum(['auto', 'none']), z.array(network)]).optional(),
    adminPass: z.string().max(255).optional(),
    user_data: z.base64().max(65_535).nullish(),
    block_device_mapping_v2: z.array(blockDevice).optional(),
    availability_zone: z.literal('nova', 'there is no such availability zone').nullish(),
    key_name: z.null('there is no such key pair').optional(),
    min_count: count,
    max_count: count,
  }),
});
export type ServerV21CreateBody = z.infer<typeof serverV21CreateSchema>;

export const serverV21UpdateSchema = z.object({
  server: z.object({ name: z.string().min(1).max(255).optional() }),
});
export type ServerV21UpdateBody = z.infer<typeof serverV21UpdateSchema>;

export const metadataV21Schema = z.object({ metadata });
export type MetadataV21Body = z.infer<typeof metadataV21Schema>;

export const metaV21Schema = z.object({ meta: metadata });
export type MetaV21Body = z.infer<typeof metaV21Schema>;

/** A regular expression, which PostgreSQL is to match: what is none is refused before it gets there. Back references may take it very long. */
const pattern = z
  .string()
  .max(255)
  .refine((text) => !/\\[1-9]/.test(text), 'back references are not offered')
  .refine(isRegularExpression, 'a regular expression is needed');

/** `all_tenants` and unknown filters of plain users are ignored, never refused. */
export const serverV21QuerySchema = pageQuerySchema.extend({
  name: pattern.optional(),
  ip: pattern.optional(),
  ip6: pattern.optional(),
  status: z.string().max(64).optional(),
  'changes-since': z.string().max(64).optional(),
  flavor: z.string().max(255).optional(),
  image: z.string().max(255).optional(),
});
export type ServerV21Query = z.infer<typeof serverV21QuerySchema>;

export const createImageSchema = z.object({
  name: z.string().min(1).max(255),
  metadata: z.record(z.string().max(255), z.string().max(255)).nullish(),
});

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}
