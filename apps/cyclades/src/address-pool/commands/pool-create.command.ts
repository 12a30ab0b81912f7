import { CommandError, defineCommand, message } from '@synnefo/admin';
import { Conflict } from '@synnefo/api';
import { transaction } from '@synnefo/database';
import { z } from 'zod';
import { openAdmin } from '../../core/open-admin.js';
import { AddressPoolService } from '../address-pool.service.js';
import { isMacPrefixBase } from '../mac-prefix.js';

export const poolCreate = defineCommand({
  options: [
    { flags: '--type <type>', help: 'bridge or mac-prefix' },
    { flags: '--size <count>', help: 'how many values' },
    { flags: '--base <base>', help: 'what they are numbered from: prv, aa:00:0' },
    { flags: '--if-missing', help: 'change nothing when there is a pool of that type' },
  ],
  input: z
    .strictObject({
      type: z.enum(['bridge', 'mac-prefix']),
      size: z.coerce
        .number()
        .int()
        .min(1)
        .max(2 ** 20),
      base: z.string().min(1).max(16),
      ifMissing: z.boolean().default(false),
    })
    .refine(({ type, base }) => type === 'bridge' || isMacPrefixBase(base), {
      path: ['base'],
      error: 'expected five hexadecimal digits: aa:00:0',
    }),
  run: async (input, context) => {
    const { dataSource } = await openAdmin(context);
    const pool = { kind: input.type, base: input.base, size: input.size };
    try {
      const isNew = await transaction(dataSource, (tx) =>
        new AddressPoolService().create(tx, pool, input.ifMissing),
      );
      return message(isNew ? `${input.type} pool created` : `a ${input.type} pool exists already`);
    } catch (error) {
      throw error instanceof Conflict ? new CommandError(error.message) : error;
    }
  },
});
