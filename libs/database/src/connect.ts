import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 3_000;
/** A server that is there and busy, starting, or full is waited for; one that is not there only as long as a restart takes. */
const BUSY_LIMIT_MS = 60_000;
const AWAY_LIMIT_MS = 5_000;

const CANNOT_CONNECT_NOW = '57P03';
const TOO_MANY_CONNECTIONS = '53300';
const AWAY = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

/**
 * Connects as a process starts: tries again while the server is busy (60 s) or away (5 s), so that a slow machine or a restart of PostgreSQL ends
 * nobody. @throws the last error
 */
export function connect(dataSource: DataSource): Promise<DataSource> {
  return patiently(() => dataSource.initialize());
}

/** As `connect`, for any way to connect. */
export async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() - startedAt > limitMs(error)) throw error;
    }
    await delay(waitMs);
  }
}

/** How long an error of connecting is borne. */
function limitMs(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  const code = 'code' in error ? String(error.code) : '';
  if (code === CANNOT_CONNECT_NOW || code === TOO_MANY_CONNECTIONS) return BUSY_LIMIT_MS;
  // node-postgres has no code for these two
  if (/timeout expired|Connection terminated/.test(error.message)) return BUSY_LIMIT_MS;
  return AWAY.includes(code) ? AWAY_LIMIT_MS : 0;
}
