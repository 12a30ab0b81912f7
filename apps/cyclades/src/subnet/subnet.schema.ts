import { z } from 'zod';

const pools = z.array(z.object({ start: z.string(), end: z.string() })).min(1);
const routes = z.array(z.object({ destination: z.string(), nexthop: z.string() })).default([]);

const subnetFields = z.object({
  network_id: z.coerce.string(),
  cidr: z.string(),
  ip_version: z.coerce.number().default(4),
  name: z.string().max(128).nullish(),
  gateway_ip: z.string().nullish(),
  enable_dhcp: z.boolean().default(true),
  allocation_pools: pools.optional(),
  dns_nameservers: z.array(z.string()).default([]),
  host_routes: routes,
});
export type SubnetFields = z.infer<typeof subnetFields>;

/** `POST /subnets`, both faces. */
export const subnetCreateSchema = z.object({ subnet: subnetFields });
export type SubnetCreate = z.infer<typeof subnetCreateSchema>;
export const subnetBulkCreateSchema = z.union([
  subnetCreateSchema,
  z.object({ subnets: z.array(subnetFields).min(1).max(20) }),
]);
export type SubnetBulkCreate = z.infer<typeof subnetBulkCreateSchema>;

/** `PUT /subnets/<id>`: nothing but the name changes. */
export const subnetUpdateSchema = z.object({ subnet: z.strictObject({ name: z.string().max(128) }) });
export type SubnetUpdate = z.infer<typeof subnetUpdateSchema>;
