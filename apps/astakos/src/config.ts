import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);

/** The configuration of the Astakos processes, all from environment variables. */
export const configSchema = z.object({
  SYNNEFO_LISTEN_HOST: z.string().default('127.0.0.1'),
  SYNNEFO_LOG_LEVEL: z.string().default('info'),
  /** `redis://…` or `postgres://…/synnefo_bus`: queues and the bus on which revoked tokens are told. */
  SYNNEFO_BUS_URL: z.url(),
  ASTAKOS_PORT: port.default(8000),
  /** Public address, without trailing slash. The path is always `/astakos`: clients are told this, never the Host header. */
  ASTAKOS_BASE_URL: z
    .url()
    .transform((url) => url.replace(/\/+$/, ''))
    .refine((url) => url.endsWith('/astakos'), 'must end in /astakos'),
  ASTAKOS_DATABASE_URL: z.url(),
  /** JSON file `[{name, baseUrl, uiUrl, token}]`: components that exist, with their tokens, whenever a process has started. */
  ASTAKOS_COMPONENTS_FILE: z.string().optional(),
  /** Hours a token of Keystone v3 lives; clients log in for every process, so a day is long. */
  ASTAKOS_TOKEN_HOURS: z.coerce.number().min(0.1).max(8_760).default(24),
  /** Hours a token of v2.0 lives: 30 days, as users put it into configuration files (identity spec 3.2). */
  ASTAKOS_API_TOKEN_HOURS: z.coerce.number().min(0.1).max(87_600).default(720),
});

export type Config = Readonly<z.infer<typeof configSchema>>;

/** What the admin commands need. */
export const cliConfigSchema = configSchema
  .pick({ ASTAKOS_DATABASE_URL: true, SYNNEFO_LOG_LEVEL: true })
  .extend({
    SYNNEFO_BUS_URL: z.url().optional(),
  });

/** The content of the components file. */
export const componentsSchema = z.array(
  z.strictObject({
    name: z.string().min(1),
    baseUrl: z.url(),
    uiUrl: z.url().nullish(),
    token: z.string().min(20).max(255),
  }),
);

export type ComponentConfig = z.infer<typeof componentsSchema>[number];
