/** What happens to PostgreSQL. Signals: PostgreSQL documentation, "Shutting Down the Server". */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import type { Cloud } from '@synnefo/testing';
import { Client } from 'pg';
import type { Fault } from '../fault.js';
import { keepAway, restart } from './server.js';

const NAME = 'postgres';
const AWAY_MS = 8_000;
const BACK_LIMIT_MS = 60_000;
const CONNECT_MS = 5_000;
/** More segments of the log than PostgreSQL keeps ready after some tests. */
const SEGMENTS = 40;

/** Transactions are rolled back, connections broken off. */
export const postgresRestartsFast: Fault = {
  name: 'PostgreSQL restarts (fast)',
  strike: (cloud) => restart(cloud, NAME, 'SIGINT'),
};

/** It recovers from its log, as after a crash. */
export const postgresRestartsImmediately: Fault = {
  name: 'PostgreSQL restarts (immediate)',
  strike: (cloud) => restart(cloud, NAME, 'SIGQUIT'),
};

/** Longer than our processes wait for it when they start. */
export const postgresAway: Fault = {
  name: `PostgreSQL is away ${AWAY_MS / 1000} s`,
  strike: (cloud) => keepAway(cloud, { name: NAME, port: cloud.portBase + 5, signal: 'SIGINT', ms: AWAY_MS }),
};

/** Waits until it does; while its disk is full it may end again and again, and what the supervisor starts next takes a while. */
export async function postgresAnswers(cloud: Cloud): Promise<void> {
  await poll({ everyMs: 100, timeoutMs: BACK_LIMIT_MS, what: 'PostgreSQL to answer' }, () =>
    query(cloud, ['SELECT 1']).then(
      () => true,
      () => undefined,
    ),
  );
}

/** Goes through the segments of its log until it needs one that is not there; where the disk is full that is its end. */
export async function useUpLog(cloud: Cloud): Promise<void> {
  const turn = [`SELECT pg_logical_emit_message(true, 'probe', 'a record')`, 'SELECT pg_switch_wal()'];
  await query(cloud, Array.from({ length: SEGMENTS }, () => turn).flat()).catch(() => undefined);
}

async function query(cloud: Cloud, statements: readonly string[]): Promise<void> {
  const state = await readFile(path.join(cloud.dataDir, 'state.json'), 'utf8');
  const { secrets } = JSON.parse(state) as { secrets: { postgres: string } };
  const client = new Client({
    connectionString: `postgres://synnefo:${secrets.postgres}@127.0.0.1:${cloud.portBase + 5}/postgres`,
    connectionTimeoutMillis: CONNECT_MS,
  });
  client.on('error', () => undefined); // the query under way tells it
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
}
