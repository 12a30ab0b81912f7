import { defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { CommissionService } from '../commission.service.js';

export const commissionList = defineCommand({
  options: [{ flags: '--overdue <seconds>', help: 'only commissions that are pending for longer' }],
  input: z.strictObject({ overdue: z.coerce.number().min(0).default(0) }),
  run: async ({ overdue }, context) => {
    const commissions = await new CommissionService(await openForCommand(context)).list(overdue);
    const rows = commissions.map(({ serial, name, clientKey, issuedAt }) => [
      serial,
      name,
      clientKey,
      issuedAt,
    ]);
    return table(['serial', 'name', 'clientkey', 'issue_time'], rows);
  },
});
