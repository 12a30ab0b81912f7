import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CoreParts } from './core/core.module.js';
import { WorkerModule } from './worker.module.js';

/** Builds and starts the queue side. */
export async function startWorker(parts: CoreParts): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(WorkerModule.forRoot(parts), {
    logger: false,
    abortOnError: false,
  });
}
