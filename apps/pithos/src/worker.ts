import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { createLogger, loadConfig, runMain } from '@synnefo/runtime';

import { PithosModule } from './app.module.js';
import { configSchema } from './config.js';
import { startJobs } from './jobs.js';
import { openParts } from './start.js';

runMain(async (shutdown) => {
  const config = loadConfig(configSchema);
  const logger = createLogger('pithos-worker', config.SYNNEFO_LOG_LEVEL);
  const { parts, queues } = await openParts(config, logger, shutdown);
  const options = { logger: false, abortOnError: false } as const;
  const context = await NestFactory.createApplicationContext(PithosModule.forWorker(parts), options);
  shutdown.onStop('context', () => context.close());
  startJobs(context, queues, parts);
  logger.info({}, 'ready');
});
