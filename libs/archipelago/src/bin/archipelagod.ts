/**
 * archipelagod: serves the attached volumes of this node over NBD, and a control socket. Configuration: environment variables, see
 * daemon/config.ts. Ends cleanly on SIGTERM and SIGINT, and with SYNNEFO_SUPERVISED=1 when standard input ends.
 */
import { type DaemonConfig, DaemonConfigError, readDaemonConfig } from '../daemon/config.js';
import { type Daemon, startDaemon } from '../daemon/daemon.js';
import { jsonLogger } from '../daemon/log.js';
import { ArchipelagoError } from '../errors.js';

/** A clean stop that takes longer than this is ended by force; nothing answered is lost by that. */
const STOP_LIMIT_MS = 10_000;

async function main(): Promise<void> {
  const config: DaemonConfig = readDaemonConfig(process.env);
  const log = jsonLogger(config.logLevel, (line) => process.stdout.write(line));
  let starting: Promise<Daemon> | null = null;
  let isStopping = false;
  const stop = async (why: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    const daemon = await starting?.catch(() => null);
    await daemon?.stop();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));
  if (process.env.SYNNEFO_SUPERVISED === '1') {
    const onEnd = (): void => void stop('standard input ended');
    process.stdin.on('end', onEnd).on('error', onEnd).resume();
  }
  starting = startDaemon(config, log);
  await starting;
  log.info({ control: `unix:${config.controlPath}`, nbdDir: config.nbdDir, store: config.store }, 'ready');
}

main().catch((error: unknown) => {
  const isExpected = error instanceof DaemonConfigError || error instanceof ArchipelagoError;
  const text =
    error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`archipelagod: ${text}\n`);
  process.exit(1);
});
