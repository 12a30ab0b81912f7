import { readFile } from 'node:fs/promises';
import { CommandError, defineCommand, message } from '@synnefo/admin';
import { RapiFailure } from '@synnefo/ganeti-rapi';
import { z } from 'zod';
import { openAdmin } from '../../core/open-admin.js';
import { BackendPool } from '../backend-pool.js';
import { BackendService, type NewBackend } from '../backend.service.js';
import { callbackSecretOf } from './callback-secret-file.js';

export const backendAdd = defineCommand({
  args: ['<url>'],
  options: [
    { flags: '--name <name>', help: 'name of the cluster (default: the host and port of the URL)' },
    { flags: '--user <user>', help: 'RAPI user with the right "write"' },
    { flags: '--password-file <file>', help: 'file that holds the password' },
    { flags: '--hypervisor <hypervisor>', help: 'kvm (default), fake, xen-pvm, xen-hvm' },
    { flags: '--ca-file <file>', help: "the cluster's certificate, which is pinned" },
    { flags: '--insecure', help: 'take any certificate' },
    {
      flags: '--callback-secret-file <file>',
      help: 'file that holds the secret with which the master calls back',
    },
    { flags: '--if-missing', help: 'give a known cluster this address and these credentials' },
  ],
  input: z.strictObject({
    url: z.url({ protocol: /^https?$/ }),
    name: z.string().min(1).max(128).optional(),
    user: z.string().max(64).default(''),
    passwordFile: z.string().optional(),
    hypervisor: z.enum(['kvm', 'fake', 'xen-pvm', 'xen-hvm']).default('kvm'),
    caFile: z.string().optional(),
    insecure: z.boolean().default(false),
    callbackSecretFile: z.string().optional(),
    ifMissing: z.boolean().default(false),
  }),
  run: async (input, context) => {
    const { dataSource, logger } = await openAdmin(context);
    const pool = new BackendPool(dataSource);
    context.onEnd(() => pool.onApplicationShutdown());
    const backends = new BackendService(dataSource, pool, logger);
    const backend: NewBackend = {
      clusterName: input.name ?? new URL(input.url).host,
      rapiUrl: input.url.replace(/\/+$/, ''),
      username: input.user,
      password: input.passwordFile === undefined ? '' : (await readFile(input.passwordFile, 'utf8')).trim(),
      verifiesTls: !input.insecure,
      caPem: input.caFile === undefined ? null : await readFile(input.caFile, 'utf8'),
      hypervisor: input.hypervisor,
      ...(await callbackSecretOf(input.callbackSecretFile)),
    };
    const known = await backends.find(backend.clusterName);
    if (known !== null && !input.ifMissing)
      throw new CommandError(`there is a cluster ${backend.clusterName}`);
    if (known !== null) {
      await backends.update(known.id, backend);
      return message(`cluster ${known.clusterName} is known, address and credentials are set`);
    }
    return message(`cluster ${await add(backends, backend)} added`);
  },
});

/** @throws CommandError when the cluster does not answer, or not to these credentials */
async function add(backends: BackendService, backend: NewBackend): Promise<string> {
  try {
    return (await backends.add(backend)).clusterName;
  } catch (error) {
    if (error instanceof RapiFailure)
      throw new CommandError(`the cluster does not answer as it should: ${error.message}`, { cause: error });
    throw error;
  }
}
