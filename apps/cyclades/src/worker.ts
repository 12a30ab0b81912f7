import { createLogger, runMain } from '@synnefo/runtime';
import { loadCycladesConfig } from './config.js';
import { openCore } from './core/open-core.js';
import { startWorker } from './worker-app.js';

runMain(async (shutdown) => {
  const config = loadCycladesConfig();
  const logger = createLogger('cyclades-worker', config.SYNNEFO_LOG_LEVEL);
  const core = await openCore(config, logger);
  shutdown.onStop('connections', () => core.close());
  const worker = await startWorker(core);
  shutdown.onStop('worker', () => worker.close());
  logger.info({}, 'ready');
});
