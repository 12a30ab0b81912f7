import type { ArchipelagoLogger } from '../archipelago.js';
import type { LogLevel } from './config.js';

const SEVERITY = { debug: 20, info: 30, warn: 40, error: 50, silent: 100 } as const;

/** JSON lines in the shape of pino, which the other processes log with; this package carries no logger of its own. */
export function jsonLogger(level: LogLevel, write: (line: string) => void): ArchipelagoLogger {
  const log =
    (severity: 'info' | 'warn' | 'error') =>
    (fields: object, message: string): void => {
      if (SEVERITY[severity] < SEVERITY[level]) return;
      const base = { level: SEVERITY[severity], time: Date.now(), name: 'archipelagod', pid: process.pid };
      write(`${JSON.stringify({ ...base, ...fields, msg: message }, plainError)}\n`);
    };
  return { info: log('info'), warn: log('warn'), error: log('error') };
}

function plainError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { type: value.name, message: value.message, stack: value.stack, cause: value.cause };
}
