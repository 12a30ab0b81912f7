import { ConfigError } from './config.js';

/** Collects what has to be ended, and ends it once, in reverse order. */
export interface Shutdown {
  /** Aborted when the process begins to stop. */
  readonly signal: AbortSignal;
  onStop(what: string, stop: () => Promise<void> | void): void;
}

const STOP_LIMIT_MS = 10_000;

/**
 * The frame of a process: runs `main`, stops on SIGTERM, SIGINT, or (when the environment says SYNNEFO_SUPERVISED=1) on the end of standard
 * input, so that no process outlives a killed supervisor. A mistake in the configuration is one readable message, not a stack trace.
 */
export function runMain(main: (shutdown: Shutdown) => Promise<void>): void {
  const controller = new AbortController();
  const stops: { what: string; stop: () => Promise<void> | void }[] = [];
  const stop = async (exitCode: number): Promise<void> => {
    if (controller.signal.aborted) return;
    controller.abort();
    setTimeout(() => process.exit(exitCode === 0 ? 1 : exitCode), STOP_LIMIT_MS).unref();
    for (const entry of stops.reverse()) {
      try {
        await entry.stop();
      } catch (error) {
        process.stderr.write(`stopping ${entry.what}: ${String(error)}\n`);
      }
    }
    process.exit(exitCode);
  };
  process.once('SIGTERM', () => void stop(0));
  process.once('SIGINT', () => void stop(0));
  if (process.env.SYNNEFO_SUPERVISED === '1') {
    process.stdin
      .on('end', () => void stop(0))
      .on('error', () => void stop(0))
      .resume();
  }
  const shutdown: Shutdown = {
    signal: controller.signal,
    onStop: (what, fn) => void stops.push({ what, stop: fn }),
  };
  main(shutdown).catch((error: unknown) => {
    process.stderr.write(`${describe(error)}\n`);
    void stop(1);
  });
}

function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
