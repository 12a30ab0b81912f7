import { hostname } from 'node:os';
import { loadConfig, secretFile } from '@synnefo/runtime';
import { z } from 'zod';

const baseUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

const schema = z.object({
  SYNNEFO_LISTEN_HOST: z.string().default('127.0.0.1'),
  SYNNEFO_LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug', 'silent']).default('info'),
  /** Begins the names of all our objects in Ganeti and Archipelago; a database keeps the first that it sees. */
  SYNNEFO_NAME_PREFIX: z.string().default('snf-'),
  /** Queues and bus: `redis://…` or `postgres://…`. All in it can be lost. */
  SYNNEFO_BUS_URL: z.string(),
  SYNNEFO_NODE: z.string().default(hostname()),
  CYCLADES_PORT: z.coerce.number().int().min(0).max(65_535).default(8001),
  /** Public, as clients see it; links are made from it, never from the Host header. */
  CYCLADES_BASE_URL: baseUrl.default('http://127.0.0.1:8001/cyclades'),
  CYCLADES_DATABASE_URL: z.string(),
  CYCLADES_COMPONENT_TOKEN_FILE: secretFile(),
  /** A unix socket on which the API takes messages of Ganeti masters that see our directory; it serves nothing else. */
  CYCLADES_CALLBACK_SOCKET: z.string().max(107, 'a socket path has 107 bytes at most').optional(),
  /** Whether the worker polls the clusters for the end of its jobs; `off` where forwarder or hooks are installed on all of them. */
  CYCLADES_JOB_FOLLOWER: z.enum(['on', 'off']).default('on'),
  /** `http://…/astakos` */
  ASTAKOS_URL: baseUrl,
  /** `http://…/pithos/internal/v1` */
  PITHOS_INTERNAL_URL: baseUrl,
  PITHOS_SECRET_FILE: secretFile(),
  /** `dir:/path` or `memory:`; snapshots of volumes that nobody has open are sealed here. */
  ARCHIPELAGO_STORE: z.string(),
});

export type CycladesConfig = Readonly<z.infer<typeof schema>>;

/** @throws ConfigError listing all mistakes */
export function loadCycladesConfig(env?: Record<string, string | undefined>): CycladesConfig {
  return loadConfig(schema, env);
}

/** The part of the configuration that an admin command needs. */
export const cliConfigSchema = schema.pick({
  SYNNEFO_LOG_LEVEL: true,
  SYNNEFO_NAME_PREFIX: true,
  CYCLADES_DATABASE_URL: true,
});

/** What a command that compares with the clusters, the quota service and the store needs beside. */
export const reconcileConfigSchema = schema.pick({
  SYNNEFO_NAME_PREFIX: true,
  SYNNEFO_BUS_URL: true,
  SYNNEFO_NODE: true,
  CYCLADES_DATABASE_URL: true,
  CYCLADES_COMPONENT_TOKEN_FILE: true,
  ASTAKOS_URL: true,
  ARCHIPELAGO_STORE: true,
});
