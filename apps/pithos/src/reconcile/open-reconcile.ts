import type { CommandContext } from '@synnefo/admin';
import { AstakosClient } from '@synnefo/astakos-client';
import { Commissions } from '@synnefo/commission';
import type { DataSource } from '@synnefo/database';
import { createLogger, loadConfig } from '@synnefo/runtime';

import { configSchema } from '../config.js';
import { openDatabase } from '../database.js';

export interface ReconcileParts {
  readonly dataSource: DataSource;
  readonly astakos: AstakosClient;
  readonly commissions: Commissions;
}

const reconcileConfigSchema = configSchema.pick({
  PITHOS_DATABASE_URL: true,
  PITHOS_COMPONENT_TOKEN_FILE: true,
  ASTAKOS_URL: true,
});

/** What an admin command compares with Astakos; closed when the command is over. */
export async function openReconcile(context: CommandContext): Promise<ReconcileParts> {
  const config = loadConfig(reconcileConfigSchema, context.env);
  const logger = createLogger('snf-manage', 'error');
  const dataSource = await openDatabase(config.PITHOS_DATABASE_URL, 'snf-manage');
  context.onEnd(() => dataSource.destroy());
  const componentToken = config.PITHOS_COMPONENT_TOKEN_FILE.reveal();
  const astakos = new AstakosClient({ baseUrl: config.ASTAKOS_URL, componentToken, logger });
  context.onEnd(() => astakos.close());
  const commissions = new Commissions({ dataSource, astakos, logger, producer: null });
  return { dataSource, astakos, commissions };
}
