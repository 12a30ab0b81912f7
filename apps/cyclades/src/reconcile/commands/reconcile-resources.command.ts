import { CommandError, defineCommand, table } from '@synnefo/admin';
import { QuotaExceeded } from '@synnefo/astakos-client';
import { correctUsage, reviewUsage } from '@synnefo/commission';
import { z } from 'zod';
import { countUsage } from '../count-usage.js';
import { openReconcile } from '../open-reconcile.js';

export const reconcileResources = defineCommand({
  options: [
    { flags: '--user <uuid>', help: 'only what this user holds' },
    { flags: '--project <uuid>', help: 'only what this project gives' },
    { flags: '--fix', help: 'correct the usage at Astakos, except where a commission is pending' },
    { flags: '--force', help: 'with --fix: beyond the limits too' },
  ],
  input: z.strictObject({
    user: z.string().optional(),
    project: z.string().optional(),
    fix: z.boolean().default(false),
    force: z.boolean().default(false),
  }),
  run: async ({ user, project, fix, force }, context) => {
    const { dataSource, astakos, commissions } = await openReconcile(context);
    const found = await reviewUsage(astakos, () => countUsage(dataSource), { user, project });
    try {
      if (fix)
        for (const one of found.filter(({ isPending }) => !isPending))
          await correctUsage(commissions, one, force);
    } catch (error) {
      if (!(error instanceof QuotaExceeded)) throw error;
      throw new CommandError(`${error.message} (--force goes beyond the limits)`, { cause: error });
    } finally {
      if (fix) await commissions.resolveNow();
    }
    const rows = found.map(({ holder, source, resource, here, there, isPending }) => [
      'cyclades',
      holder,
      source,
      resource,
      here,
      there,
      isPending ? 'pending' : fix,
    ]);
    return table(['service', 'holder', 'source', 'resource', 'here', 'astakos', 'repaired'], rows);
  },
});
