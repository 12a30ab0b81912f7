import type { CommandContext } from '@synnefo/admin';
import type { DataSource } from '@synnefo/database';
import { createLogger, loadConfig, type Logger } from '@synnefo/runtime';
import { cliConfigSchema } from '../config.js';
import { openDatabase } from '../database/cyclades-data-source.js';

export interface AdminParts {
  readonly dataSource: DataSource;
  readonly logger: Logger;
}

/** What an admin command works on; closed when the command is over. */
export async function openAdmin(context: CommandContext): Promise<AdminParts> {
  const config = loadConfig(cliConfigSchema, context.env);
  const dataSource = await openDatabase(config.CYCLADES_DATABASE_URL, 'snf-manage');
  context.onEnd(() => dataSource.destroy());
  return { dataSource, logger: createLogger('snf-manage', 'error') };
}
