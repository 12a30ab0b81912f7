import { CommandError, defineCommand, message } from '@synnefo/admin';
import { z } from 'zod';
import { openAdmin } from '../../core/open-admin.js';
import { FlavorService } from '../flavor.service.js';

const count = z.coerce.number().int().min(1);

export const flavorCreate = defineCommand({
  args: ['<cpu>', '<ram>', '<disk>'],
  options: [
    {
      flags: '--disk-template <template>',
      help: 'disk template, ext_<provider> for external storage (default ext_synnefo)',
    },
    { flags: '--if-missing', help: 'change nothing when there is such a flavor' },
  ],
  input: z.strictObject({
    cpu: count,
    /** MiB */
    ram: count,
    /** GiB */
    disk: count,
    diskTemplate: z
      .string()
      .regex(/^[a-z]+(_[a-z0-9-]+)?$/)
      .default('ext_synnefo'),
    ifMissing: z.boolean().default(false),
  }),
  run: async (input, context) => {
    const { dataSource } = await openAdmin(context);
    const flavors = new FlavorService(dataSource);
    const volumeTypeId = await flavors.ensureVolumeType(input.diskTemplate);
    const flavor = await flavors.add({
      cpu: input.cpu,
      ramMib: input.ram,
      diskGib: input.disk,
      volumeTypeId,
    });
    if (flavor !== null) return message(`flavor ${flavor.id} created`);
    if (!input.ifMissing) throw new CommandError('there is such a flavor');
    return message('there is such a flavor');
  },
});
