import { CommandError, defineCommand, message, parseQuantity } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand, openNotice } from '../../cli-context.js';
import { ProjectService } from '../../project/project.service.js';
import { type UserChange, UserService } from '../user.service.js';
import { givenPassword } from './user-add.command.js';

const flag = z.boolean().default(false);
const input = z.strictObject({
  user: z.string(),
  limit: z.array(z.string()).default([]),
  password: z.string().min(1).optional(),
  passwordFile: z.string().optional(),
  setActive: flag,
  setInactive: flag,
  setAdmin: flag,
  setNoadmin: flag,
});

export const userModify = defineCommand({
  args: ['<user>'],
  options: [
    {
      flags: '--limit <resource=value...>',
      help: 'limit of the system project, for example cyclades.vm=8 (inf: none)',
    },
    { flags: '--password <text>', help: 'new login password; ends all tokens' },
    { flags: '--password-file <path>', help: 'read the password from a file, - for standard input' },
    { flags: '--set-active', help: 'may log in' },
    { flags: '--set-inactive', help: 'may not log in; ends all tokens' },
    { flags: '--set-admin', help: 'becomes an operator' },
    { flags: '--set-noadmin', help: 'is no operator' },
  ],
  input,
  run: async (options, context) => {
    const limits = limitsOf(options.limit);
    const change = changeOf(options, await givenPassword(options, context));
    const dataSource = await openForCommand(context);
    const users = new UserService(dataSource);
    const user = await users.get(options.user);
    if (limits.size > 0) await new ProjectService(dataSource).setSystemLimits(user.uuid, limits);
    const ended = await users.change(user.id, change);
    if (ended.length > 0) await openNotice(context).publish(ended);
    return message(`${user.email} changed`);
  },
});

function limitsOf(texts: readonly string[]): Map<string, bigint> {
  return new Map(
    texts.map((text) => {
      const [, resource = '', value = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      const limit = parseQuantity(value);
      if (resource === '' || limit === null)
        throw new CommandError(`'${text}' is no limit: use for example cyclades.vm=8`);
      return [resource, limit];
    }),
  );
}

function changeOf(options: z.infer<typeof input>, password: string | undefined): UserChange {
  return {
    ...(password === undefined ? {} : { password }),
    ...choice('isActive', options.setActive, options.setInactive),
    ...choice('isAdmin', options.setAdmin, options.setNoadmin),
  };
}

function choice<K extends string>(key: K, isOn: boolean, isOff: boolean): Partial<Record<K, boolean>> {
  if (isOn && isOff) throw new CommandError('choose one of two opposite options');
  if (!isOn && !isOff) return {};
  return { [key]: isOn } as Partial<Record<K, boolean>>; // a computed key loses its literal type
}
