import { Client } from 'pg';
import { patiently } from './connect.js';

const DUPLICATE_DATABASE = '42P04';
const UNIQUE_VIOLATION = '23505';

/** Creates the database that `url` names when the server lacks it; safe when several processes do so at once. */
export async function ensureDatabase(url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name))
    throw new Error(`'${name}' is no name for a database: use a-z, 0-9 and _`);
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const client = await patiently(() => open(maintenance.href));
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE "${name}"`);
  } catch (error) {
    if (!isCode(error, DUPLICATE_DATABASE) && !isCode(error, UNIQUE_VIOLATION)) throw error;
  } finally {
    await client.end();
  }
}

async function open(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  return client;
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
