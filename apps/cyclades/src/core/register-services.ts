import { setTimeout as delay } from 'node:timers/promises';
import type { AstakosClient } from '@synnefo/astakos-client';
import type { Logger } from '@synnefo/runtime';
import { serviceDocument } from './service-document.js';

const RETRY_MS = 2_000;

export interface Registration {
  readonly astakos: AstakosClient;
  readonly baseUrl: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Tells Astakos what this component offers; Astakos may come up later, so it is tried until it works or the process stops. */
export async function registerServices({ astakos, baseUrl, logger, signal }: Registration): Promise<void> {
  while (!signal.aborted) {
    try {
      await astakos.registerServices(serviceDocument(baseUrl));
      logger.info({}, 'services registered');
      return;
    } catch (err) {
      logger.warn({ err }, 'services not registered, will be tried again');
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
