import { defineCommand, details, quantitySchema, showQuantity } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { ResourceService } from '../resource.service.js';

const yesNo = z
  .enum(['true', 'false', 'yes', 'no'])
  .transform((text) => text === 'true' || text === 'yes')
  .optional();

export const resourceModify = defineCommand({
  args: ['<name>'],
  options: [
    {
      flags: '--system-default <quantity>',
      help: 'limit of users that are added from now on, for example 20GiB or inf',
    },
    { flags: '--project-default <quantity>', help: 'limit of projects that are approved from now on' },
    { flags: '--api-visible <bool>', help: 'shown by the API' },
    { flags: '--ui-visible <bool>', help: 'shown by user interfaces' },
  ],
  input: z.strictObject({
    name: z.string(),
    systemDefault: quantitySchema().optional(),
    projectDefault: quantitySchema().optional(),
    apiVisible: yesNo,
    uiVisible: yesNo,
  }),
  run: async ({ name, systemDefault, projectDefault, apiVisible, uiVisible }, context) => {
    const resources = new ResourceService(await openForCommand(context));
    const resource = await resources.change(name, {
      ...(systemDefault === undefined ? {} : { systemDefault }),
      ...(projectDefault === undefined ? {} : { projectDefault }),
      ...(apiVisible === undefined ? {} : { isApiVisible: apiVisible }),
      ...(uiVisible === undefined ? {} : { isUiVisible: uiVisible }),
    });
    return details({
      name: resource.name,
      system_default: showQuantity(BigInt(resource.systemDefault)),
      project_default: showQuantity(BigInt(resource.projectDefault)),
      api_visible: resource.isApiVisible,
      ui_visible: resource.isUiVisible,
    });
  },
});
