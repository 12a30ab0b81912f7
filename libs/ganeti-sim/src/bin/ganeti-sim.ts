/**
 * `ganeti-sim` serves; `ganeti-sim stop-guests` ends all guests of the state directory, whether a simulator runs or not (stop it first, or
 * its instances show as ERROR_down).
 */
import { ConfigError, createLogger, loadConfig, runMain } from '@synnefo/runtime';
import { z } from 'zod';
import { simConfigSchema } from '../config.js';
import { stopGuests } from '../guest/qemu-guests.js';
import { startSimulator } from '../simulator.js';

async function stopAll(): Promise<void> {
  const { GANETI_SIM_DIR } = loadConfig(z.object({ GANETI_SIM_DIR: z.string().min(1) }));
  const ended = await stopGuests(GANETI_SIM_DIR);
  process.stdout.write(`${ended} guests ended\n`);
}

if (process.argv[2] === 'stop-guests') {
  stopAll().catch((error: unknown) => {
    process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
} else {
  runMain(async (shutdown) => {
    const config = loadConfig(simConfigSchema);
    const logger = createLogger('ganeti-sim', config.SYNNEFO_LOG_LEVEL);
    const simulator = await startSimulator(config, logger);
    shutdown.onStop('simulator', () => simulator.close());
    logger.info({ url: simulator.url, accelerator: simulator.accelerator }, 'ready');
  });
}
