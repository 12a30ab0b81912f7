import { createLogger, runMain } from '@synnefo/runtime';
import { loadCycladesConfig } from './config.js';
import { openCore } from './core/open-core.js';
import { registerServices } from './core/register-services.js';
import { listenOnSocket } from './gnt-callback/callback-socket.js';
import { buildHttpApp, pathPrefix } from './http-app.js';

runMain(async (shutdown) => {
  const config = loadCycladesConfig();
  const logger = createLogger('cyclades', config.SYNNEFO_LOG_LEVEL);
  const core = await openCore(config, logger);
  shutdown.onStop('connections', () => core.close());
  const app = await buildHttpApp(core);
  const { url } = await app.listen(config.CYCLADES_PORT, config.SYNNEFO_LISTEN_HOST);
  shutdown.onStop('http', () => app.close());
  if (config.CYCLADES_CALLBACK_SOCKET !== undefined) {
    const main = app.nest.getHttpServer();
    const prefix = pathPrefix(config);
    const socket = await listenOnSocket(config.CYCLADES_CALLBACK_SOCKET, { main, prefix });
    shutdown.onStop('callback socket', () => socket.close());
  }
  void registerServices({
    astakos: core.astakos,
    baseUrl: config.CYCLADES_BASE_URL,
    logger,
    signal: shutdown.signal,
  });
  logger.info({ url }, 'ready');
});
