import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { currentContext } from './context.js';

export type { Logger };

const SECRET_FIELDS = [
  'token',
  'password',
  'secret',
  'authorization',
  'x-auth-token',
  'adminPass',
  'key',
  'body',
];

/** Paths that are never written, at the top of a log object and one level below. */
const redactedPaths = SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]);

/**
 * The process's logger: JSON lines on standard output, with the fields of the current context and without secrets.
 * @param level pino's: error, warn, info, debug, silent
 */
export function createLogger(name: string, level = 'info', destination?: DestinationStream): Logger {
  const options = {
    name,
    level,
    redact: { paths: redactedPaths, censor: '[secret]' },
    serializers: { err: stdSerializers.err },
    mixin: () => ({ ...currentContext() }),
    base: { name, pid: process.pid },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
