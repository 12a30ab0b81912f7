import { z } from 'zod';

/** Python clients write `True` and `False` (clients spec 4.14). */
export const usageQuerySchema = z.object({
  usage: z
    .string()
    .default('false')
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['true', 'false', '1', '0']))
    .transform((text) => text === 'true' || text === '1'),
});
export type UsageQuery = z.infer<typeof usageQuerySchema>;
