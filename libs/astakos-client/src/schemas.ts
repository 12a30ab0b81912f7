import { z } from 'zod';

/** An integer as `parseBigJson` leaves it. */
export const bigintSchema = z
  .union([z.int(), z.string().regex(/^-?\d+$/)])
  .transform((value) => BigInt(value));

const refusedProvision = z.object({
  holder: z.string(),
  source: z.string().nullable(),
  resource: z.string(),
  quantity: bigintSchema,
});

const fault = z.object({
  message: z.string().default(''),
  data: z
    .object({
      name: z.string(),
      provision: refusedProvision,
      limit: bigintSchema.optional(),
      usage: bigintSchema.optional(),
    })
    .optional(),
});

/** `{"overLimit": {...}}` and Keystone's `{"error": {...}}`: one key, one fault. */
export const faultSchema = z.record(z.string(), fault);

export const tokenSchema = z.object({
  token: z.object({
    expires_at: z.iso.datetime(),
    user: z.object({ id: z.string(), name: z.string() }),
    roles: z.array(z.object({ name: z.string() })).default([]),
    // Only a component is told these.
    synnefo: z.object({
      display_name: z.string(),
      project_id: z.string(),
      project_ids: z.array(z.string()),
      is_admin: z.boolean(),
    }),
  }),
});

export const serialSchema = z.object({ serial: z.int() });
export const serialsSchema = z.array(z.int());

export const commissionSchema = z.object({ name: z.string(), issue_time: z.iso.datetime({ offset: true }) });

export const resolvedSchema = z.object({
  accepted: z.array(z.int()),
  rejected: z.array(z.int()),
  failed: z.array(z.tuple([z.int(), faultSchema])),
});

const quotaSchema = z
  .object({
    limit: bigintSchema,
    usage: bigintSchema,
    pending: bigintSchema,
    project_limit: bigintSchema,
    project_usage: bigintSchema,
    project_pending: bigintSchema,
  })
  .transform((quota) => ({
    limit: quota.limit,
    usage: quota.usage,
    pending: quota.pending,
    projectLimit: quota.project_limit,
    projectUsage: quota.project_usage,
    projectPending: quota.project_pending,
  }));

export const serviceQuotasSchema = z.record(
  z.string(),
  z.record(z.string(), z.record(z.string(), quotaSchema)),
);

export const catalogsSchema = z.object({
  uuid_catalog: z.record(z.string(), z.string()),
  displayname_catalog: z.record(z.string(), z.string()),
});
