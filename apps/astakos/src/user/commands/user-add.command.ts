import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type CommandContext, defineCommand, details } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { UserService } from '../user.service.js';

const input = z.strictObject({
  email: z.string(),
  first: z.string(),
  last: z.string(),
  password: z.string().min(1).optional(),
  passwordFile: z.string().optional(),
  admin: z.boolean().default(false),
  ifMissing: z.boolean().default(false),
});

export const userAdd = defineCommand({
  args: ['<email>', '<first>', '<last>'],
  options: [
    { flags: '--password <text>', help: 'login password; made up and printed when absent' },
    { flags: '--password-file <path>', help: 'read the password from a file, - for standard input' },
    { flags: '--admin', help: 'an operator of the installation' },
    { flags: '--if-missing', help: 'change nothing when there is such a user' },
  ],
  input,
  run: async ({ email, first, last, admin, ifMissing, ...options }, context) => {
    const users = new UserService(await openForCommand(context));
    const known = ifMissing ? await users.findByEmail(email) : null;
    if (known !== null) return details({ uuid: known.uuid, email: known.email, isNew: false });
    const given = await givenPassword(options, context);
    const password = given ?? randomBytes(15).toString('base64url');
    const user = await users.add({ email, firstName: first, lastName: last, password, isAdmin: admin });
    const printed = given === undefined ? { password } : {};
    return details({ uuid: user.uuid, email: user.email, isNew: true, ...printed });
  },
});

interface PasswordOptions {
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
}

/** The password of the options, if there is one. */
export async function givenPassword(
  { password, passwordFile }: PasswordOptions,
  context: CommandContext,
): Promise<string | undefined> {
  if (passwordFile === undefined) return password;
  const text = passwordFile === '-' ? await context.readStdin() : await readFile(passwordFile, 'utf8');
  return text.replace(/\r?\n$/, '');
}
