import { defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { ComponentService } from '../component.service.js';

export const componentList = defineCommand({
  input: z.strictObject({}),
  run: async (_, context) => {
    const components = await new ComponentService(await openForCommand(context)).list();
    const rows = components.map(({ id, name, baseUrl, uiUrl, tokenCreatedAt }) => [
      id,
      name,
      baseUrl,
      uiUrl,
      tokenCreatedAt,
    ]);
    return table(['id', 'name', 'base_url', 'ui_url', 'token_created'], rows);
  },
});
