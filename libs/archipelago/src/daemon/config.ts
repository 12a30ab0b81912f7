import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

/** The configuration is wrong; `message` lists every mistake, one a line. */
export class DaemonConfigError extends Error {
  override readonly name = 'DaemonConfigError';
}

const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const absoluteDir = z.string().refine((dir) => path.isAbsolute(dir), 'must be an absolute path');

/** `unix:/path` → the path. */
const unixUrl = z
  .string()
  .regex(/^unix:\/./, 'must be unix:/path/of/the/control.sock')
  .transform((url) => url.slice('unix:'.length));

const environment = z.object({
  /** Where maps and blocks are: `dir:/path` or `memory:` (gone with the process). */
  ARCHIPELAGO_STORE: z.string().regex(/^(dir:\/.*|memory:)$/, 'must be dir:/path or memory:'),
  /** The NBD sockets lie here, `<volume>.sock` each; short, because a socket's path has at most 107 bytes. */
  ARCHIPELAGO_NBD_DIR: absoluteDir,
  ARCHIPELAGO_CONTROL: unixUrl,
  /** Which volumes are attached, kept through restarts; default: beside the control socket. */
  ARCHIPELAGO_STATE_DIR: absoluteDir.optional(),
  /** Group (name or number) that may connect to the NBD sockets: the hypervisor's; default: the process's own. */
  ARCHIPELAGO_NBD_GROUP: z.string().optional(),
  /** A volume stays open this long after its last client has gone, ms; 10 s as in archipelago spec 5.5. */
  ARCHIPELAGO_LINGER_MS: z.coerce.number().int().min(0).max(3_600_000).default(10_000),
  /** The node's name in leases. */
  SYNNEFO_NODE: z.string().min(1).default(hostname()),
  SYNNEFO_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

export interface DaemonConfig {
  readonly store: string;
  readonly nbdDir: string;
  readonly controlPath: string;
  readonly stateDir: string;
  readonly nbdGroupId?: number;
  readonly lingerMs: number;
  readonly node: string;
  readonly logLevel: LogLevel;
}

/** @throws DaemonConfigError naming every wrong or missing option */
export function readDaemonConfig(env: Readonly<Record<string, string | undefined>>): DaemonConfig {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = environment.safeParse(given);
  if (!result.success) {
    const mistakes = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new DaemonConfigError(`wrong configuration:\n${mistakes.join('\n')}`);
  }
  const data = result.data;
  const group = data.ARCHIPELAGO_NBD_GROUP;
  return {
    store: data.ARCHIPELAGO_STORE,
    nbdDir: data.ARCHIPELAGO_NBD_DIR,
    controlPath: data.ARCHIPELAGO_CONTROL,
    stateDir: data.ARCHIPELAGO_STATE_DIR ?? path.join(path.dirname(data.ARCHIPELAGO_CONTROL), 'archipelagod'),
    ...(group === undefined ? {} : { nbdGroupId: groupId(group) }),
    lingerMs: data.ARCHIPELAGO_LINGER_MS,
    node: data.SYNNEFO_NODE,
    logLevel: data.SYNNEFO_LOG_LEVEL,
  };
}

function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${group}:`));
  const id = line?.split(':')[2];
  if (id === undefined)
    throw new DaemonConfigError(`wrong configuration:\n  ARCHIPELAGO_NBD_GROUP: no group ${group}`);
  return Number(id);
}
