import { type Cell, defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import type { BackendEntity } from '../../backend/backend.entity.js';
import type { NetworkDifferenceKind } from '../compare-networks.js';
import { backendsNamed, openReconcile, type ReconcileParts } from '../open-reconcile.js';
import { keyOfNetwork } from '../reconcile-networks.js';

const FIXES = {
  fixRows: ['unknown', 'inactive', 'gone'],
  fixMissing: ['missing', 'unconnected'],
  fixOrphans: ['orphan'],
} as const satisfies Record<string, readonly NetworkDifferenceKind[]>;

const flag = z.boolean().default(false);
const inputSchema = z.strictObject({
  backend: z.string().optional(),
  fixAll: flag,
  fixRows: flag,
  fixMissing: flag,
  fixOrphans: flag,
});

export const reconcileNetworks = defineCommand({
  options: [
    { flags: '--backend <cluster>', help: 'only this cluster, by name or id' },
    { flags: '--fix-all', help: 'repair whatever differs' },
    { flags: '--fix-rows', help: 'take over what the cluster has' },
    { flags: '--fix-missing', help: 'make and connect on the cluster what it lacks' },
    { flags: '--fix-orphans', help: 'delete from the cluster networks of our names that there are not' },
  ],
  input: inputSchema,
  run: async (input, context) => {
    const parts = await openReconcile(context);
    const kinds = Object.entries(FIXES).flatMap(([option, some]) =>
      input.fixAll || input[option as keyof typeof FIXES] ? [...some] : [],
    ); // the keys of FIXES
    const rows: Cell[][] = [];
    for (const backend of await backendsNamed(parts.backends, input.backend)) {
      const found = await ofBackend(parts, backend, kinds);
      rows.push(...found.map((row) => [backend.clusterName, ...row]));
    }
    return table(['backend', 'object', 'difference', 'here', 'there', 'repaired'], rows);
  },
});

/** A cluster that does not answer is a row of its own. */
async function ofBackend(
  { networks }: ReconcileParts,
  backend: BackendEntity,
  kinds: readonly NetworkDifferenceKind[],
): Promise<Cell[][]> {
  try {
    const found = await networks.compare(backend);
    const done = await networks.repair(backend, found, { kinds, isCautious: false });
    const repaired = new Set(done.map(keyOfNetwork));
    return found.map((difference) => [
      `network ${difference.networkId}`,
      difference.kind,
      difference.here,
      difference.there,
      kinds.includes(difference.kind) ? repaired.has(keyOfNetwork(difference)) : null,
    ]);
  } catch (error) {
    return [['', 'unreachable', '', error instanceof Error ? error.message : String(error), null]];
  }
}
