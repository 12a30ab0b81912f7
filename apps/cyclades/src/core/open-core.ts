import { AstakosClient } from '@synnefo/astakos-client';
import { connectQueues } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import type { CycladesConfig } from '../config.js';
import { openDatabase } from '../database/cyclades-data-source.js';
import { Naming } from '../installation/naming.js';
import { PithosClient } from '../pithos-client/pithos-client.js';
import type { CoreParts } from './core.module.js';

export interface OpenCore extends CoreParts {
  /** After the modules are closed. */
  close(): Promise<void>;
}

/** Opens what both processes need. The database is made and migrated when it has to be. */
export async function openCore(config: CycladesConfig, logger: Logger): Promise<OpenCore> {
  const dataSource = await openDatabase(config.CYCLADES_DATABASE_URL, 'cyclades');
  const naming = await Naming.load(dataSource, config.SYNNEFO_NAME_PREFIX);
  if (naming.prefix !== config.SYNNEFO_NAME_PREFIX)
    logger.warn({ prefix: naming.prefix }, 'the database has another name prefix, which holds');
  const queues = connectQueues(config.SYNNEFO_BUS_URL, logger);
  const componentToken = config.CYCLADES_COMPONENT_TOKEN_FILE.reveal();
  const astakos = new AstakosClient({ baseUrl: config.ASTAKOS_URL, componentToken, logger });
  const pithos = new PithosClient({ baseUrl: config.PITHOS_INTERNAL_URL, secret: config.PITHOS_SECRET_FILE });
  return {
    config,
    logger,
    dataSource,
    queues,
    astakos,
    pithos,
    naming,
    close: async () => {
      await queues.close();
      await Promise.allSettled([astakos.close(), pithos.close()]);
      await dataSource.destroy();
    },
  };
}
