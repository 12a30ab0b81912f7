import { hostname } from 'node:os';

import { Archipelago } from '@synnefo/archipelago';
import { AstakosClient } from '@synnefo/astakos-client';
import { commissionQueue, Commissions } from '@synnefo/commission';
import { connectQueues, type QueueBackend } from '@synnefo/queue';
import type { Logger, Shutdown } from '@synnefo/runtime';

import type { Parts } from './app.module.js';
import type { Config } from './config.js';
import { openDatabase } from './database.js';
import { checksumQueue } from './hashmap/checksum.queue.js';
import { ensureSetting } from './setting/setting.js';

export const pithosCommissionQueue = commissionQueue('pithos');

/** What the API and the worker process have in common; each part is closed at the end. */
export async function openParts(
  config: Config,
  logger: Logger,
  shutdown: Shutdown,
): Promise<{ parts: Parts; queues: QueueBackend; astakos: AstakosClient }> {
  const dataSource = await openDatabase(config.PITHOS_DATABASE_URL, 'pithos');
  shutdown.onStop('database', () => dataSource.destroy());
  const queues = connectQueues(config.SYNNEFO_BUS_URL, logger);
  shutdown.onStop('queues', () => queues.close());
  const node = config.SYNNEFO_NODE ?? hostname();
  const archipelago = await Archipelago.open({ store: config.ARCHIPELAGO_STORE, node, logger });
  shutdown.onStop('archipelago', () => archipelago.close());
  const componentToken = config.PITHOS_COMPONENT_TOKEN_FILE.reveal();
  const astakos = new AstakosClient({ baseUrl: config.ASTAKOS_URL, componentToken, logger });
  shutdown.onStop('astakos client', () => astakos.close());
  const commissions = new Commissions({
    dataSource,
    astakos,
    producer: queues.producer(pithosCommissionQueue),
    logger,
  });
  const namePrefix = await ensureSetting(dataSource, 'name_prefix', config.SYNNEFO_NAME_PREFIX);
  const checksumProducer = queues.producer(checksumQueue);
  return {
    parts: { dataSource, archipelago, commissions, quotas: astakos, namePrefix, logger, checksumProducer },
    queues,
    astakos,
  };
}
