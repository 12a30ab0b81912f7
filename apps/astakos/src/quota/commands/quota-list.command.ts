import { defineCommand, showQuantity, table } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { UserService } from '../../user/user.service.js';
import { QuotaService } from '../quota.service.js';

export const quotaList = defineCommand({
  options: [
    { flags: '--user <user>', help: 'uuid or e-mail' },
    { flags: '--overlimit', help: 'only what is over its limit' },
  ],
  input: z.strictObject({ user: z.string().optional(), overlimit: z.boolean().default(false) }),
  run: async ({ user, overlimit }, context) => {
    const dataSource = await openForCommand(context);
    const userUuid = user === undefined ? null : (await new UserService(dataSource).get(user)).uuid;
    const holdings = await new QuotaService(dataSource).listHoldings({ userUuid, isOverLimit: overlimit });
    const rows = holdings.map(({ holder, source, resource, limit, usage }) => [
      holder,
      source,
      resource,
      showQuantity(limit),
      usage,
    ]);
    return table(['holder', 'source', 'resource', 'limit', 'usage'], rows);
  },
});
