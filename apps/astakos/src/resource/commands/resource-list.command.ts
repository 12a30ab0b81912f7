import { defineCommand, showQuantity, table } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { ResourceService } from '../resource.service.js';

export const resourceList = defineCommand({
  input: z.strictObject({}),
  run: async (_, context) => {
    const resources = await new ResourceService(await openForCommand(context)).list();
    const rows = resources.map((resource) => [
      resource.id,
      resource.name,
      showQuantity(BigInt(resource.systemDefault)),
      showQuantity(BigInt(resource.projectDefault)),
      resource.unit,
      resource.isApiVisible,
      resource.isUiVisible,
    ]);
    return table(
      ['id', 'name', 'system_default', 'project_default', 'unit', 'api_visible', 'ui_visible'],
      rows,
    );
  },
});
