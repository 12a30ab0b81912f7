export { ConfigError, loadConfig, secretFile } from './config.js';
export { type ContextFields, currentContext, withContext } from './context.js';
export { createLogger, type Logger } from './logger.js';
export { runMain, type Shutdown } from './main.js';
export { backoff, type BackoffOptions, poll, type PollOptions, TimeoutError } from './retry.js';
export { Secret } from './secret.js';
