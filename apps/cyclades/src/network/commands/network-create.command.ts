import { CommandError, defineCommand, message } from '@synnefo/admin';
import { Fault } from '@synnefo/api';
import { z } from 'zod';
import { openAdmin } from '../../core/open-admin.js';
import { createInfrastructureNetwork } from '../create-infrastructure-network.js';
import { isNetworkFlavor } from '../network-flavor.js';

const range = z
  .string()
  .regex(/^[\d.]+,[\d.]+$/, 'expected FIRST,LAST')
  .transform((text) => {
    const [start = '', end = ''] = text.split(',');
    return { start, end };
  });

export const networkCreate = defineCommand({
  options: [
    { flags: '--name <name>', help: 'name of the network' },
    {
      flags: '--flavor <flavor>',
      help: 'CUSTOM, IP_LESS_ROUTED, MAC_FILTERED or PHYSICAL_VLAN (default CUSTOM)',
    },
    { flags: '--subnet <cidr>', help: 'IPv4 subnet' },
    { flags: '--gateway <address>', help: 'gateway of the subnet (default: its first host)' },
    { flags: '--allocation-pool <range...>', help: 'addresses to hand out, FIRST,LAST (default: all hosts)' },
    { flags: '--no-dhcp', help: 'do not answer DHCP' },
    { flags: '--public', help: 'visible to everybody' },
    { flags: '--floating-ip-pool', help: 'users may reserve its addresses' },
    { flags: '--drained', help: 'hand out no address' },
    { flags: '--link <name>', help: 'bridge or routing table' },
    { flags: '--mac-prefix <prefix>', help: 'first five hexadecimal digits of MAC addresses, aa:00:0' },
    { flags: '--if-missing', help: 'change nothing when a network of that name exists' },
  ],
  input: z.strictObject({
    name: z.string().min(1).max(128),
    flavor: z.string().refine(isNetworkFlavor, 'unknown flavor').default('CUSTOM'),
    subnet: z.string().optional(),
    gateway: z.string().optional(),
    allocationPool: z.array(range).optional(),
    dhcp: z.boolean().default(true),
    public: z.boolean().default(false),
    floatingIpPool: z.boolean().default(false),
    drained: z.boolean().default(false),
    link: z.string().max(32).optional(),
    macPrefix: z.string().max(32).optional(),
    ifMissing: z.boolean().default(false),
  }),
  run: async (input, context) => {
    const { dataSource } = await openAdmin(context);
    const { name, flavor, subnet, gateway, link, macPrefix } = input;
    const flags = {
      isPublic: input.public,
      isFloatingIpPool: input.floatingIpPool,
      isDrained: input.drained,
      hasDhcp: input.dhcp,
    };
    const request = { name, flavor, subnet, gateway, link, macPrefix, ...flags, pools: input.allocationPool };
    const network = await createInfrastructureNetwork(dataSource, request).catch((error: unknown) => {
      throw error instanceof Fault ? new CommandError(error.message) : error;
    });
    if (network !== null) return message(`network ${network.id} created`);
    if (!input.ifMissing) throw new CommandError(`a network '${name}' exists already`);
    return message(`a network '${name}' exists already`);
  },
});
