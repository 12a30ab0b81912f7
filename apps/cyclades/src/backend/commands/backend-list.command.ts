import { defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import { openAdmin } from '../../core/open-admin.js';
import { BackendPool } from '../backend-pool.js';
import { BackendService } from '../backend.service.js';

const COLUMNS = [
  'id',
  'name',
  'url',
  'hypervisor',
  'drained',
  'offline',
  'memory free (MiB)',
  'memory (MiB)',
  'instances',
  'templates',
];

export const backendList = defineCommand({
  input: z.strictObject({}),
  run: async (_, context) => {
    const { dataSource, logger } = await openAdmin(context);
    const backends = await new BackendService(dataSource, new BackendPool(dataSource), logger).list();
    const rows = backends.map((b) => [
      b.id,
      b.clusterName,
      b.rapiUrl,
      b.hypervisor,
      b.isDrained,
      b.isOffline,
      b.memoryFreeMib,
      b.memoryTotalMib,
      b.instanceCount,
      b.diskTemplates.join(' '),
    ]);
    return table(COLUMNS, rows);
  },
});
