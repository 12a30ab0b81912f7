import { z } from 'zod';

const provision = z.object({
  holder: z.string().min(1).max(255),
  source: z.string().min(1).max(255).nullable(),
  resource: z.string().min(1).max(255),
  quantity: z.int('Malformed provision: the quantity is no integer'),
});

/** Body of `POST commissions` (identity spec 2.4). */
export const commissionSchema = z.object({
  name: z.string().max(1024).default(''),
  force: z.boolean().default(false),
  auto_accept: z.boolean().default(false),
  provisions: z.array(provision).max(1000),
});

export type CommissionInput = z.infer<typeof commissionSchema>;

const hasOne = (body: Record<string, unknown>): boolean => 'accept' in body !== 'reject' in body;

/** Body of an action on one commission: exactly one of the keys, its value counts for nothing. */
export const actionSchema = z
  .record(z.string(), z.unknown())
  .refine(hasOne, 'exactly one of accept and reject is needed')
  .transform((body) => ('accept' in body ? ('accept' as const) : ('reject' as const)));

const serials = z.array(z.int()).max(10_000).default([]);

/** Body of the action on many. */
export const bulkActionSchema = z.object({ accept: serials, reject: serials });
