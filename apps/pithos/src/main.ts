import 'reflect-metadata';

import { remoteVerifier } from '@synnefo/auth';
import { backoff, createLogger, loadConfig, runMain } from '@synnefo/runtime';
import { AstakosDown } from '@synnefo/astakos-client';

import { configSchema } from './config.js';
import { createApi } from './http/api.js';
import { serviceDocument } from './service-document.js';
import { openParts } from './start.js';

runMain(async (shutdown) => {
  const config = loadConfig(configSchema);
  const logger = createLogger('pithos', config.SYNNEFO_LOG_LEVEL);
  const { parts, queues, astakos } = await openParts(config, logger, shutdown);
  const app = await createApi({
    ...parts,
    verifier: remoteVerifier(astakos, { bus: queues.bus }),
    secret: config.PITHOS_SECRET_FILE,
    face: { swiftUrl: config.PITHOS_SWIFT_URL },
    loginUrl: `${config.ASTAKOS_URL}/identity/v3`,
  });
  shutdown.onStop('http', () => app.close());
  const document = serviceDocument({ baseUrl: config.PITHOS_BASE_URL, swiftUrl: config.PITHOS_SWIFT_URL });
  const isRetriable = (error: unknown) => error instanceof AstakosDown;
  const retries = { attempts: 600, firstMs: 200, maxMs: 2_000, isRetriable, signal: shutdown.signal };
  await backoff(retries, () => astakos.registerServices(document));
  const { url } = await app.listen(config.PITHOS_PORT, config.SYNNEFO_LISTEN_HOST);
  logger.info({ url }, 'ready');
});
