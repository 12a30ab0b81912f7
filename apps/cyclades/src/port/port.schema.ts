import { z } from 'zod';

/** `POST /ports`, both faces; what we do not have is accepted when it asks for nothing. */
const portFields = z.object({
  network_id: z.coerce.string({ error: 'network_id is required' }),
  name: z.string().max(255).nullish(),
  device_id: z.union([z.string(), z.number()]).nullish(),
  fixed_ips: z
    .array(z.object({ ip_address: z.string().optional(), subnet_id: z.string().optional() }))
    .max(1, 'only one fixed IP is supported')
    .optional(),
});
export type PortFields = z.infer<typeof portFields>;

export const portCreateSchema = z.object({ port: portFields });
export type PortCreate = z.infer<typeof portCreateSchema>;
export const portBulkCreateSchema = z.union([
  portCreateSchema,
  z.object({ ports: z.array(portFields).min(1).max(20) }),
]);
export type PortBulkCreate = z.infer<typeof portBulkCreateSchema>;

export const portUpdateSchema = z.object({ port: z.object({ name: z.string().max(255).optional() }) });
export type PortUpdate = z.infer<typeof portUpdateSchema>;
