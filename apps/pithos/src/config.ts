import { secretFile } from '@synnefo/runtime';
import { z } from 'zod';

/** Options of the Pithos processes; durations and sizes carry their unit in the name. */
export const configSchema = z.object({
  SYNNEFO_LISTEN_HOST: z.string().default('127.0.0.1'), // nothing listens beyond loopback unless asked
  SYNNEFO_LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug', 'silent']).default('info'),
  SYNNEFO_NAME_PREFIX: z
    .string()
    .regex(/^[a-z0-9]+-$/)
    .default('snf-'), // begins map names; the value of the first start is kept
  SYNNEFO_BUS_URL: z.string().regex(/^(rediss?|postgres(ql)?):\/\//),
  SYNNEFO_NODE: z.string().optional(), // node name in leases; the host's name by default
  PITHOS_PORT: z.coerce.number().int().min(0).max(65_535).default(8002),
  PITHOS_BASE_URL: z.url().refine((url) => url.endsWith('/pithos'), 'must end in /pithos'),
  PITHOS_SWIFT_URL: z.url().refine((url) => url.endsWith('/v1'), 'must end in /v1'),
  PITHOS_DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//),
  PITHOS_COMPONENT_TOKEN_FILE: secretFile(),
  PITHOS_SECRET_FILE: secretFile(), // shared with Cyclades, for the internal API
  ASTAKOS_URL: z.url(),
  ARCHIPELAGO_STORE: z.string().regex(/^(dir:\/|memory:)/),
});

export type Config = Readonly<z.infer<typeof configSchema>>;
