import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cloud } from '@synnefo/testing';

interface BulkJob {
  readonly id: number;
  readonly ops:
    | readonly { readonly reason?: readonly (readonly [source: string, reason: string, at: number])[] }[]
    | null;
}

/** How many Ganeti jobs carry each effect's id as their reason. */
export async function jobsPerEffect(cloud: Cloud): Promise<Record<string, number>> {
  const [user, password] = (await readFile(path.join(cloud.dataDir, 'secrets', 'rapi-users'), 'utf8'))
    .trim()
    .split(/\s+/);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const reply = await fetch(`http://127.0.0.1:${cloud.portBase + 4}/2/jobs?bulk=1`, {
    headers: { authorization },
  });
  const counts: Record<string, number> = {};
  for (const job of (await reply.json()) as BulkJob[]) {
    const effects = new Set(
      (job.ops ?? []).flatMap((op) => op.reason ?? []).filter(([source]) => source === 'gnt:user'),
    );
    for (const [, effect] of effects) counts[effect] = (counts[effect] ?? 0) + 1;
  }
  return counts;
}
