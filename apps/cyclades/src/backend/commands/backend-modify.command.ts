import { CommandError, defineCommand, message } from '@synnefo/admin';
import { z } from 'zod';
import { openAdmin } from '../../core/open-admin.js';
import { BackendPool } from '../backend-pool.js';
import { BackendService } from '../backend.service.js';
import { callbackSecretOf } from './callback-secret-file.js';

export const backendModify = defineCommand({
  args: ['<name>'],
  options: [
    {
      flags: '--callback-secret-file <file>',
      help: 'file that holds the secret with which the master calls back',
    },
    { flags: '--no-callback', help: 'take no more messages of the master' },
    { flags: '--drained <yes|no>', help: 'whether the cluster gets no new servers' },
  ],
  input: z.strictObject({
    name: z.string().min(1).max(128),
    callbackSecretFile: z.string().optional(),
    callback: z.boolean().default(true),
    drained: z.enum(['yes', 'no']).optional(),
  }),
  run: async (input, context) => {
    const { dataSource, logger } = await openAdmin(context);
    const backends = new BackendService(dataSource, new BackendPool(dataSource), logger);
    const known = await backends.find(input.name);
    if (known === null) throw new CommandError(`there is no cluster ${input.name}`);
    const changes = {
      ...(await callbackSecretOf(input.callbackSecretFile)),
      ...(input.callback ? {} : { callbackSecretHash: null }),
      ...(input.drained === undefined ? {} : { isDrained: input.drained === 'yes' }),
    };
    if (Object.keys(changes).length === 0) throw new CommandError('nothing to change');
    await backends.update(known.id, changes);
    return message(`cluster ${known.clusterName} changed`);
  },
});
