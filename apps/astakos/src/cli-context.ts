import type { CommandContext } from '@synnefo/admin';
import { connectQueues } from '@synnefo/queue';
import { createLogger, loadConfig } from '@synnefo/runtime';
import type { DataSource } from '@synnefo/database';
import { cliConfigSchema } from './config.js';
import { openDatabase } from './start.js';
import { RevocationNotice } from './token/revocation-notice.js';

/** Opens Astakos' database for one admin command. */
export async function openForCommand(context: CommandContext): Promise<DataSource> {
  const { ASTAKOS_DATABASE_URL: url } = loadConfig(cliConfigSchema, context.env);
  const dataSource = await openDatabase(url, 'snf-manage');
  context.onEnd(() => dataSource.destroy());
  return dataSource;
}

/** For commands that end tokens. Without SYNNEFO_BUS_URL the services learn of it when their caches end. */
export function openNotice(context: CommandContext): RevocationNotice {
  const { SYNNEFO_BUS_URL: url, SYNNEFO_LOG_LEVEL: level } = loadConfig(cliConfigSchema, context.env);
  const logger = createLogger('snf-manage', level);
  if (url === undefined) return new RevocationNotice(null, logger);
  const queues = connectQueues(url, logger);
  context.onEnd(() => queues.close());
  return new RevocationNotice(queues.bus, logger);
}
