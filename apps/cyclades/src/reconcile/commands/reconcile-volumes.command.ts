import { defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import type { VolumeDifferenceKind } from '../compare-volumes.js';
import { openReconcile } from '../open-reconcile.js';
import { keyOfVolume } from '../reconcile-volumes.js';

const FIXES = {
  fixOrphans: 'orphan',
  fixMissing: 'missing',
  fixStuck: 'stuck',
} as const satisfies Record<string, VolumeDifferenceKind>;

const flag = z.boolean().default(false);

export const reconcileVolumes = defineCommand({
  options: [
    { flags: '--fix-all', help: 'repair whatever differs' },
    { flags: '--fix-orphans', help: 'remove the maps of volumes that there are not, and their data' },
    { flags: '--fix-missing', help: 'show an error on volumes whose map is gone' },
    { flags: '--fix-stuck', help: 'end the making of volumes: in use, or an error' },
  ],
  input: z.strictObject({ fixAll: flag, fixOrphans: flag, fixMissing: flag, fixStuck: flag }),
  run: async (input, context) => {
    const { volumes } = await openReconcile(context);
    const kinds = Object.entries(FIXES).flatMap(([option, kind]) =>
      input.fixAll || input[option as keyof typeof FIXES] ? [kind] : [],
    ); // the keys of FIXES
    const found = await volumes.compare();
    const done = new Set((await volumes.repair(found, kinds)).map(keyOfVolume));
    const rows = found.map((difference) => [
      `volume ${difference.volumeId}`,
      difference.kind,
      difference.here,
      difference.there,
      kinds.some((kind) => kind === difference.kind) ? done.has(keyOfVolume(difference)) : null,
    ]);
    return table(['object', 'difference', 'here', 'there', 'repaired'], rows);
  },
});
