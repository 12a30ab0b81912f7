import { z } from 'zod';

const name = z.string().max(128);

/** `POST /networks` of the Synnefo face. */
export const networkCreateSchema = z.object({
  network: z.object({
    type: z.string(),
    name: name.default(''),
    project: z.string().optional(),
    shared_to_project: z.boolean().default(false),
  }),
});
export type NetworkCreate = z.infer<typeof networkCreateSchema>;

export const networkUpdateSchema = z.object({ network: z.object({ name }) });
export type NetworkUpdate = z.infer<typeof networkUpdateSchema>;

/** One network of `POST /networks` of the OpenStack face; attributes that we do not have are accepted when they ask for nothing. */
const openstackNetwork = z.object({
  name: name.default(''),
  admin_state_up: z.boolean().default(true),
  shared: z.boolean().default(false),
  'router:external': z.boolean().default(false),
});
export const openstackNetworkCreateSchema = z.union([
  z.object({ network: openstackNetwork }),
  z.object({ networks: z.array(openstackNetwork).min(1).max(20) }),
]);
export type OpenstackNetworkCreate = z.infer<typeof openstackNetworkCreateSchema>;
export const openstackNetworkUpdateSchema = z.object({ network: z.object({ name: name.optional() }) });
export type OpenstackNetworkUpdate = z.infer<typeof openstackNetworkUpdateSchema>;
