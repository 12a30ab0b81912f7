import { defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import { openAdmin } from '../../core/open-admin.js';
import { listAllNetworks } from '../list-all-networks.js';

export const networkList = defineCommand({
  options: [{ flags: '--public', help: 'only public networks' }],
  input: z.strictObject({ public: z.boolean().default(false) }),
  run: async (input, context) => {
    const { dataSource } = await openAdmin(context);
    const networks = await listAllNetworks(dataSource, input.public);
    const columns = [
      'id',
      'name',
      'user.uuid',
      'state',
      'public',
      'subnet.ipv4',
      'gateway.ipv4',
      'link',
      'mac_prefix',
      'drained',
      'floating_ip_pool',
    ];
    const rows = networks.map((network) => [
      network.id,
      network.name,
      network.userUuid ?? '',
      network.state,
      network.isPublic,
      network.cidr ?? '',
      network.gateway ?? '',
      network.link,
      network.macPrefix,
      network.isDrained,
      network.isFloatingIpPool,
    ]);
    return table(columns, rows);
  },
});
