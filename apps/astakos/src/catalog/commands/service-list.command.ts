import { defineCommand, table } from '@synnefo/admin';
import { z } from 'zod';
import { openForCommand } from '../../cli-context.js';
import { CatalogReader } from '../catalog.service.js';

export const serviceList = defineCommand({
  input: z.strictObject({}),
  run: async (_, context) => {
    const services = await new CatalogReader(await openForCommand(context)).list();
    const rows = services.flatMap(({ id, name, type, endpoints }) =>
      endpoints.map(({ face, data }) => [id, name, type, face, data.publicURL]),
    );
    return table(['id', 'name', 'type', 'face', 'url'], rows);
  },
});
