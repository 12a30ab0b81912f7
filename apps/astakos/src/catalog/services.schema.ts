import { z } from 'zod';

const scalar = z.union([z.string().max(1024), z.boolean(), z.number(), z.null()]);

// Other keys of an endpoint are kept: all are shown in the catalogue.
const endpointSchema = z.object({
  publicURL: z.string().min(1).max(1024),
  versionId: z.string().max(64).default(''),
  'SNF:exposeVersion': z.boolean().default(true),
  face: z.enum(['v2', 'v3']).default('v2'),
});

const resourceSchema = z.object({
  name: z.string().min(1).max(255),
  desc: z.string(),
  unit: z.string().max(64).nullish(),
  service_type: z.string().max(255),
  service_origin: z.string().max(255),
  ui_visible: z.boolean().default(true),
  api_visible: z.boolean().default(true),
});

const serviceSchema = z.object({
  type: z.string().min(1).max(255),
  component: z.string(),
  endpoints: z.array(endpointSchema.catchall(scalar)).max(16),
  resources: z.record(z.string(), resourceSchema).default({}),
});

/** The body of `PUT account/v1.0/services`: a service-export document (identity spec 1.5). */
export const servicesSchema = z.record(z.string().min(1).max(255), serviceSchema);

export type ServicesInput = z.infer<typeof servicesSchema>;
export type ServiceInput = z.infer<typeof serviceSchema>;
export type ResourceInput = z.infer<typeof resourceSchema>;
