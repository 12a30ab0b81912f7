import { connectQueues } from '@synnefo/queue';
import { createLogger, loadConfig, runMain } from '@synnefo/runtime';
import { configSchema } from './config.js';
import { openDatabase, startHttp } from './start.js';

runMain(async (shutdown) => {
  const config = loadConfig(configSchema);
  const logger = createLogger('astakos', config.SYNNEFO_LOG_LEVEL);
  const dataSource = await openDatabase(config.ASTAKOS_DATABASE_URL, 'astakos');
  shutdown.onStop('database', () => dataSource.destroy());
  const queues = connectQueues(config.SYNNEFO_BUS_URL, logger);
  shutdown.onStop('queues', () => queues.close());
  const { app, url } = await startHttp(config, dataSource, queues.bus, logger);
  shutdown.onStop('http', () => app.close());
  logger.info({ url, port: config.ASTAKOS_PORT }, 'ready');
});
