import { defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { displayNameOf, UserService } from '../user.service.js';

export const userList = defineCommand({
  input: z.strictObject({}),
  run: async (_, context) => {
    const users = await new UserService(await openForCommand(context)).list();
    const rows = users.map((user) => [
      user.id,
      user.uuid,
      user.username,
      displayNameOf(user),
      user.isActive,
      user.isAdmin,
    ]);
    return table(['id', 'uuid', 'displayname', 'realname', 'active', 'admin'], rows);
  },
});
