import { type Cell, defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import type { BackendEntity } from '../../backend/backend.entity.js';
import type { ServerDifferenceKind } from '../compare-server.js';
import { backendsNamed, openReconcile, type ReconcileParts } from '../open-reconcile.js';
import type { ComparedCluster } from '../reconcile-servers.js';

const FIXES = {
  fixStale: ['stale'],
  fixUnsynced: ['build', 'state', 'charge'],
  fixPendingTasks: ['task'],
  fixUnsyncedFlavors: ['flavor'],
  fixUnsyncedNics: ['nics'],
  fixUnsyncedDisks: ['disks'],
} as const satisfies Record<string, readonly ServerDifferenceKind[]>;

const flag = z.boolean().default(false);
const inputSchema = z.strictObject({
  backend: z.string().optional(),
  fixAll: flag,
  fixStale: flag,
  fixOrphans: flag,
  fixUnsynced: flag,
  fixPendingTasks: flag,
  fixUnsyncedFlavors: flag,
  fixUnsyncedNics: flag,
  fixUnsyncedDisks: flag,
});
type Input = z.infer<typeof inputSchema>;

export const reconcileServers = defineCommand({
  options: [
    { flags: '--backend <cluster>', help: 'only this cluster, by name or id' },
    { flags: '--fix-all', help: 'repair whatever differs' },
    { flags: '--fix-stale', help: 'end servers whose instance is gone, as if they had been deleted' },
    { flags: '--fix-orphans', help: 'delete instances with our prefix that no server stands for' },
    { flags: '--fix-unsynced', help: 'take over state, charge, and the ends of jobs that nobody told' },
    { flags: '--fix-pending-tasks', help: 'end tasks whose job is over' },
    { flags: '--fix-unsynced-flavors', help: 'take over CPU and memory, where a flavor fits' },
    { flags: '--fix-unsynced-nics', help: 'take over the NICs of the instance' },
    { flags: '--fix-unsynced-disks', help: 'take over the disks of the instance' },
  ],
  input: inputSchema,
  run: async (input, context) => {
    const parts = await openReconcile(context);
    const rows: Cell[][] = [];
    for (const backend of await backendsNamed(parts.backends, input.backend)) {
      const found = await ofBackend(parts, backend, input);
      rows.push(...found.map((row) => [backend.clusterName, ...row]));
    }
    return table(['backend', 'object', 'difference', 'here', 'there', 'repaired'], rows);
  },
});

/** A cluster that does not answer is a row of its own. */
async function ofBackend(parts: ReconcileParts, backend: BackendEntity, input: Input): Promise<Cell[][]> {
  try {
    const jobs = await endedJobs(parts, backend, input);
    const compared = await parts.servers.compare(backend);
    return [
      ...jobs,
      ...(await differences(parts, compared, input)),
      ...(await orphans(parts, backend, compared, input)),
    ];
  } catch (error) {
    return [['', 'unreachable', '', error instanceof Error ? error.message : String(error), null]];
  }
}

async function endedJobs(parts: ReconcileParts, backend: BackendEntity, input: Input): Promise<Cell[][]> {
  const ended = await parts.jobs.compare(backend);
  const isFixed = input.fixAll || input.fixUnsynced;
  if (isFixed) await parts.jobs.tell(ended);
  return ended.map(({ effect, status }) => [
    `${effect.objectType} ${effect.objectId}`,
    'job',
    `${effect.action}, job ${effect.jobId} open`,
    status ?? 'unknown job',
    isFixed ? true : null,
  ]);
}

async function differences(
  { servers }: ReconcileParts,
  compared: ComparedCluster,
  input: Input,
): Promise<Cell[][]> {
  const kinds = Object.entries(FIXES).flatMap(([option, some]) =>
    input.fixAll || input[option as keyof typeof FIXES] ? [...some] : [],
  ); // the keys of FIXES
  const results = new Map<string, boolean>();
  for (const serverId of new Set(compared.differences.map((difference) => difference.serverId))) {
    const done = kinds.length === 0 ? [] : await servers.runOne(serverId, { kinds, stale: 'end' });
    for (const { difference, isRepaired } of done) results.set(`${serverId} ${difference.kind}`, isRepaired);
  }
  return compared.differences.map(({ kind, serverId, here, there }) => [
    `server ${serverId}`,
    kind,
    here,
    there,
    results.get(`${serverId} ${kind}`) ?? (kinds.includes(kind) ? false : null),
  ]);
}

async function orphans(
  { servers }: ReconcileParts,
  backend: BackendEntity,
  compared: ComparedCluster,
  input: Input,
): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for (const orphan of compared.orphans) {
    const isFixed =
      input.fixAll || input.fixOrphans ? await servers.removeOrphan(orphan, backend.id, false) : null;
    rows.push([`server ${orphan.serverId}`, 'orphan', orphan.why, orphan.instanceName, isFixed]);
  }
  return rows;
}
