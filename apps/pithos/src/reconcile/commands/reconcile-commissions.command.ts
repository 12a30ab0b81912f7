import { defineCommand, table } from '@synnefo/admin';
import { CommissionReview } from '@synnefo/commission';
import { z } from 'zod';

import { openReconcile } from '../open-reconcile.js';

export const reconcileCommissions = defineCommand({
  options: [
    {
      flags: '--older-than <seconds>',
      help: 'age from which one that no row knows is given up (default 60)',
    },
    { flags: '--fix', help: 'accept or reject them as the table says' },
  ],
  input: z.strictObject({
    olderThan: z.coerce.number().min(0).default(60),
    fix: z.boolean().default(false),
  }),
  run: async ({ olderThan, fix }, context) => {
    const { dataSource, astakos, commissions } = await openReconcile(context);
    const review = new CommissionReview({ dataSource, astakos });
    const found = await review.compare({ olderThanMs: olderThan * 1_000 });
    if (fix) {
      await review.decide(found);
      await commissions.resolveNow();
    }
    const rows = found.map(({ serial, name, issuedAt, decision, verdict }) => [
      'pithos',
      serial,
      name,
      issuedAt,
      decision ?? 'unknown',
      verdict,
      fix ? verdict !== 'wait' : null,
    ]);
    return table(['service', 'serial', 'name', 'issued', 'here', 'repair', 'repaired'], rows);
  },
});
