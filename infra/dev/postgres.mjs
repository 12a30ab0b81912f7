// PostgreSQL: the server of DATABASE_URL, or a private cluster of this installation.
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { secretOf } from './data-dir.mjs';
import { Failure, oneLine } from './failure.mjs';
import { findBinaries, isReachable, serverUser } from './postgres-binaries.mjs';
import { assertFreePort } from './ports.mjs';
import { findProcess } from './pid.mjs';
import { root } from './root.mjs';
import { lastLine, run } from './run.mjs';
import { say } from './screen.mjs';
import { isRoot } from './user.mjs';

export const DATABASES = ['synnefo_astakos', 'synnefo_cyclades', 'synnefo_pithos', 'synnefo_bus'];
const ROLE = 'synnefo';
const CONNECT_MS = 5_000;
/** A busy machine may need longer than the time limit of one try. */
const CONNECT_TRIES = 6;
const INSUFFICIENT_PRIVILEGE = '42501';

/** @returns {Promise<(database: string) => string>} the URL of a database of the server, which is running then */
export async function providePostgres({ data, supervisor, port, which, isDurable = true }) {
  const given = process.env.DATABASE_URL;
  if (given) {
    say('PostgreSQL: the server of DATABASE_URL');
    await assertAnswers(given);
    return urlsOf(given);
  }
  const url = await startCluster({ data, supervisor, port, which, isDurable });
  return urlsOf(url);
}

function urlsOf(url) {
  return (database) => {
    const changed = new URL(url);
    changed.pathname = `/${database}`;
    return changed.href;
  };
}

async function startCluster({ data, supervisor, port, which, isDurable }) {
  const user = serverUser();
  const parent = isRoot() && !isReachable(data.path, user) ? data.outer() : data.path;
  const cluster = path.join(parent, 'pg');
  const versionFile = path.join(cluster, 'PG_VERSION');
  const major = existsSync(versionFile) ? Number.parseInt(readFileSync(versionFile, 'utf8'), 10) : undefined;
  const { bin, source, ...found } = findBinaries({ which, user, copyTo: path.join(parent, 'pg-bin'), major });
  const password = secretOf(data, 'postgres');
  if (major === undefined) await makeCluster({ bin, cluster, user, password, parent });
  if (findProcess(data.file('run', 'postgres.json')) === null) await assertFreePort(port, 'PostgreSQL');
  const url = `postgres://${ROLE}:${password}@127.0.0.1:${port}/postgres`;
  const settings = { ...fixedSettings, ...(isDurable ? {} : fastSettings) };
  await supervisor.start({
    name: 'postgres',
    command: path.join(bin, 'postgres'),
    args: [
      '-D',
      cluster,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
    ],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    ...user,
    outlives: true,
    facts: { cluster, port, major: found.major },
    // a fast shutdown; then an immediate one, which recovers by the log: never SIGKILL
    signal: 'SIGINT',
    lastSignal: 'SIGQUIT',
    stopMs: 8_000,
    isReady: async () => (await answer(url)) === null,
  });
  say(`PostgreSQL ${found.major} (${source === 'npm' ? 'from npm' : source}) on port ${port}`);
  return url;
}

const fixedSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  dynamic_shared_memory_type: 'mmap',
};
/** For tests only: a power cut may lose the cluster. */
const fastSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

async function makeCluster({ bin, cluster, user, password, parent }) {
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  // without PG_VERSION it is the rest of a try that was cut short; the directory itself may be a disk of its own
  for (const name of readdirSync(cluster)) rmSync(path.join(cluster, name), { recursive: true });
  const passwordFile = path.join(parent, 'pg-password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user.uid !== undefined) {
    chownSync(cluster, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  try {
    const access = ['-U', ROLE, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    const { code, output } = await run({
      what: 'making the PostgreSQL cluster',
      command: path.join(bin, 'initdb'),
      args: ['-D', cluster, '-E', 'UTF8', '--no-locale', '--no-instructions', ...access],
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      cwd: '/',
      ...user,
    });
    if (code !== 0) throw new Failure(`making the PostgreSQL cluster failed: ${reasonIn(output)}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** initdb ends in telling that it cleans up. */
function reasonIn(output) {
  const [, reason] = /(?:FATAL|PANIC|error): +(.+)/.exec(output) ?? [];
  return reason ?? (lastLine(output) || 'it said nothing');
}

async function connect(url) {
  const { Client } = createRequire(path.join(root, 'package.json'))('pg');
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function connectPatiently(url) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await connect(url);
    } catch (error) {
      if (tries === CONNECT_TRIES || !/timeout expired/.test(error.message)) throw error;
    }
  }
}

/** null when the server answers a query, else what went wrong. */
async function answer(url) {
  let client;
  try {
    client = await connect(url);
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    return error;
  } finally {
    await client?.end().catch(() => undefined);
  }
}

async function assertAnswers(url) {
  if (!/^postgres(ql)?:\/\//.test(url)) throw new Failure('DATABASE_URL must begin with postgres://');
  const error = await answer(url);
  if (error === null) return;
  const { hostname, port } = new URL(url);
  throw new Failure(
    `PostgreSQL at ${hostname}:${port || 5432} (DATABASE_URL) does not answer: ${oneLine(error)}`,
  );
}

/** Makes the databases that are missing. @throws Failure when the role may not */
export async function ensureDatabases(urlOf) {
  const client = await connectPatiently(process.env.DATABASE_URL || urlOf('postgres'));
  try {
    const { rows } = await client.query('SELECT datname FROM pg_database WHERE datname = ANY($1)', [
      DATABASES,
    ]);
    const existing = new Set(rows.map((row) => row.datname));
    for (const name of DATABASES) {
      if (existing.has(name)) continue;
      await client.query(`CREATE DATABASE ${name}`).catch((error) => {
        const isRefused = error.code === INSUFFICIENT_PRIVILEGE && process.env.DATABASE_URL;
        const what = isRefused ? 'the role of DATABASE_URL may not create' : 'PostgreSQL cannot make';
        throw new Failure(`${what} the database ${name}: ${oneLine(error)}`);
      });
    }
  } finally {
    await client.end();
  }
}
