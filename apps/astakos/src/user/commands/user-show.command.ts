import { defineCommand, details, showQuantity, table } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { QuotaService } from '../../quota/quota.service.js';
import { UserService } from '../user.service.js';

export const userShow = defineCommand({
  args: ['<user>'],
  options: [{ flags: '--quota', help: 'show what the user holds instead' }],
  input: z.strictObject({ user: z.string(), quota: z.boolean().default(false) }),
  run: async (input, context) => {
    const dataSource = await openForCommand(context);
    const user = await new UserService(dataSource).get(input.user);
    if (input.quota) {
      const filter = { userUuid: user.uuid, isOverLimit: false };
      const holdings = await new QuotaService(dataSource).listHoldings(filter);
      const rows = holdings.map((holding) => [
        holding.source,
        holding.resource,
        showQuantity(holding.limit),
        holding.usage,
      ]);
      return table(['source', 'resource', 'limit', 'usage'], rows);
    }
    return details({
      id: user.id,
      uuid: user.uuid,
      email: user.email,
      username: user.username,
      'first name': user.firstName,
      'last name': user.lastName,
      active: user.isActive,
      admin: user.isAdmin,
      'local login': user.passwordHash !== null,
      'default project': user.defaultProjectUuid,
      'date joined': user.joinedAt,
      'last login': user.lastLoginAt,
    });
  },
});
