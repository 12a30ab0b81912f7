import { pageQuerySchema } from '@synnefo/api';
import { z } from 'zod';

/** The plain `is_public` of OpenStack clients is ignored on this face on purpose (compute spec 1.4). */
export const flavorQuerySchema = z.object({
  'SNF:is_public': z.enum(['true', 'false', 'True', 'False']).optional(),
  'SNF:flavor-access': z.string().max(255).optional(),
});
export type FlavorQuery = z.infer<typeof flavorQuerySchema>;

/** `is_public` may be anything that clients send: None, True, true, 1. */
export const flavorV21QuerySchema = pageQuerySchema.extend({
  is_public: z.string().optional(),
  minRam: z.coerce.number().int().optional(),
  minDisk: z.coerce.number().int().optional(),
});
export type FlavorV21Query = z.infer<typeof flavorV21QuerySchema>;
