import { defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import { openAdmin } from '../../core/open-admin.js';
import { FlavorService } from '../flavor.service.js';

const COLUMNS = ['id', 'name', 'cpu', 'ram', 'disk', 'template', 'public', 'creatable', 'deleted'];

export const flavorList = defineCommand({
  input: z.strictObject({}),
  run: async (_, context) => {
    const { dataSource } = await openAdmin(context);
    const flavors = await new FlavorService(dataSource).listAll();
    const rows = flavors.map((f) => [
      f.id,
      f.name,
      f.cpu,
      f.ramMib,
      f.diskGib,
      f.diskTemplate,
      f.isPublic,
      f.allowsCreate,
      f.isDeleted,
    ]);
    return table(COLUMNS, rows);
  },
});
