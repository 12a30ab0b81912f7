/** What must hold after the main job, whatever broke on the way. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import type { Cloud } from '@synnefo/testing';
import { Client } from 'pg';
import { instancesOf, jobsPerEffect } from './rapi.js';
import type { Job } from './steps.js';
import type { User } from './user.js';

const LIMIT_MS = 60_000;
/** Volumes are compared with the store once a minute, and removed when they were without an owner twice. */
const ORPHAN_LIMIT_MS = 4 * 60_000;

/** While both servers of a job run: no address has two servers, neither here nor at Ganeti, and both sides agree. */
export async function assertAddresses({ cloud, user }: Job): Promise<void> {
  const servers = (await user.servers()).flatMap(({ addresses }) => Object.values(addresses).flat());
  const ours = servers.map(({ addr }) => addr).sort();
  const theirs = (await instancesOf(cloud)).flatMap((instance) => instance['nic.ips']).sort();
  const both = `${ours.join(', ')} here, ${theirs.join(', ')} at Ganeti`;
  if (ours.length === 0) throw new Error('the servers have no addresses');
  if (new Set(ours).size !== ours.length) throw new Error(`an address has two servers: ${both}`);
  if (ours.join() !== theirs.join()) throw new Error(`Ganeti has other addresses: ${both}`);
}

/** After everything is deleted: nothing is charged beside `usage`, no instance is left, no effect had two Ganeti jobs. */
export async function assertNothingRemains(job: Job, usage: Readonly<Record<string, number>>): Promise<void> {
  await usageBecomes(job.user, usage);
  await becomesEmpty('instances at Ganeti', LIMIT_MS, async () =>
    (await instancesOf(job.cloud)).map(({ name }) => name),
  );
  const twice = Object.entries(await jobsPerEffect(job.cloud)).filter(([, jobs]) => jobs > 1);
  if (twice.length > 0) throw new Error(`effects with two Ganeti jobs: ${JSON.stringify(twice)}`);
}

/** Every name in the store belongs to a file, a snapshot or a volume, or waits for its removal (deleted files keep their map a while). */
export async function assertStoreIsTidy(cloud: Cloud): Promise<void> {
  await becomesEmpty('maps that nobody owns', ORPHAN_LIMIT_MS, async () => {
    const names = await mapNames(cloud); // first: what is made meanwhile has an owner then
    const owned = await Promise.all([
      query(cloud, 'synnefo_pithos', 'SELECT map_name FROM version WHERE map_name IS NOT NULL'),
      query(cloud, 'synnefo_pithos', 'SELECT map_name FROM loose_map'),
      query(
        cloud,
        'synnefo_cyclades',
        'SELECT name_prefix || $$vol-$$ || volume.id AS map_name FROM volume, installation WHERE NOT is_deleted',
      ),
    ]);
    const known = new Set(owned.flat().map((row) => row.map_name));
    return names.filter((name) => !known.has(name));
  });
}

async function mapNames(cloud: Cloud): Promise<string[]> {
  const dir = path.join(cloud.dataDir, 'archipelago', 'maps');
  const files = await readdir(dir, { recursive: true });
  return files
    .map((file) => path.basename(file))
    .filter((file) => file.startsWith('n_'))
    .map((file) => file.slice(2));
}

async function query(cloud: Cloud, database: string, statement: string): Promise<{ map_name: string }[]> {
  const state = JSON.parse(await readFile(path.join(cloud.dataDir, 'state.json'), 'utf8')) as {
    secrets: { postgres: string };
  };
  const client = new Client({
    connectionString: `postgres://synnefo:${state.secrets.postgres}@127.0.0.1:${cloud.portBase + 5}/${database}`,
  });
  await client.connect();
  try {
    return (await client.query<{ map_name: string }>(statement)).rows;
  } finally {
    await client.end();
  }
}

export async function usageBecomes(user: User, usage: Readonly<Record<string, number>>): Promise<void> {
  const wanted = textOf(usage);
  let last = '';
  await poll({ everyMs: 200, timeoutMs: LIMIT_MS, what: `a usage of ${wanted}` }, async () => {
    last = textOf(await user.usage());
    return last === wanted ? true : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it is ${last}`, { cause: error });
  });
}

const textOf = (usage: Readonly<Record<string, number>>) =>
  JSON.stringify(Object.entries(usage).sort(([a], [b]) => a.localeCompare(b)));

async function becomesEmpty(what: string, timeoutMs: number, list: () => Promise<string[]>): Promise<void> {
  let last: string[] = [];
  await poll({ everyMs: 300, timeoutMs, what: `no ${what}` }, async () => {
    last = await list();
    return last.length === 0 ? true : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; there are ${last.join(', ')}`, { cause: error });
  });
}
