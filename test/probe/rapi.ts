/** What the cluster itself says, asked at its remote API. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import type { Cloud } from '@synnefo/testing';
import { Agent, request } from 'undici';

export interface Instance {
  readonly name: string;
  readonly 'nic.ips': readonly (string | null)[];
}

interface BulkJob {
  readonly id: number;
  readonly ops:
    | readonly { readonly reason?: readonly (readonly [source: string, reason: string, at: number])[] }[]
    | null;
}

const BACK_LIMIT_MS = 60_000;

export function instancesOf(cloud: Cloud): Promise<Instance[]> {
  return ask(cloud, '/2/instances?bulk=1');
}

/** How many Ganeti jobs carry each effect's id as their reason. */
export async function jobsPerEffect(cloud: Cloud): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const job of await ask<BulkJob[]>(cloud, '/2/jobs?bulk=1')) {
    const effects = new Set(
      (job.ops ?? []).flatMap((op) => op.reason ?? []).filter(([source]) => source === 'gnt:user'),
    );
    for (const [, effect] of effects) counts[effect] = (counts[effect] ?? 0) + 1;
  }
  return counts;
}

/** Asks until there is an answer. */
async function ask<T>(cloud: Cloud, query: string): Promise<T> {
  const users = await readFile(path.join(cloud.dataDir, 'secrets', 'rapi-users'), 'utf8');
  const [user, password] = users.trim().split(/\s+/);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const isReal = existsSync(path.join(cloud.dataDir, 'ganeti'));
  const url = `${isReal ? 'https' : 'http'}://127.0.0.1:${cloud.portBase + 4}${query}`;
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    return await poll({ everyMs: 500, timeoutMs: BACK_LIMIT_MS, what: `an answer of ${url}` }, async () => {
      const reply = await request(url, { headers: { authorization }, dispatcher }).catch(() => null);
      if (reply?.statusCode !== 200) return undefined;
      return (await reply.body.json()) as T;
    });
  } finally {
    await dispatcher.destroy();
  }
}
