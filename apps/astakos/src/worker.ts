import { connectQueues } from '@synnefo/queue';
import { createLogger, loadConfig, runMain } from '@synnefo/runtime';
import { CommissionService } from './commission/commission.service.js';
import { configSchema } from './config.js';
import { EndExpired } from './lifecycle/end-expired.js';
import { LIFECYCLE_EVERY_MS, lifecycleQueue } from './lifecycle/lifecycle.queue.js';
import { openDatabase } from './start.js';
import { RevocationNotice } from './token/revocation-notice.js';
import { TokenService } from './token/token.service.js';

runMain(async (shutdown) => {
  const config = loadConfig(configSchema);
  const logger = createLogger('astakos-worker', config.SYNNEFO_LOG_LEVEL);
  const dataSource = await openDatabase(config.ASTAKOS_DATABASE_URL, 'astakos-worker');
  shutdown.onStop('database', () => dataSource.destroy());
  const queues = connectQueues(config.SYNNEFO_BUS_URL, logger);
  shutdown.onStop('queues', () => queues.close());
  const tokens = new TokenService(dataSource, new RevocationNotice(queues.bus, logger));
  const endExpired = new EndExpired(tokens, new CommissionService(dataSource));
  const handle = async (): Promise<void> => logger.debug(await endExpired.run(), 'ended what had expired');
  queues.consume(lifecycleQueue, handle, { concurrency: 1 });
  queues.schedule(lifecycleQueue, {}, { everyMs: LIFECYCLE_EVERY_MS });
  logger.info({}, 'ready');
});
