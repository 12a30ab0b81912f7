import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** The PostgreSQL server of the test run. @throws Error when the run has none */
export function testDatabaseServer(): string {
  return required('DATABASE_URL');
}

/** The Redis of the test run. */
export function testRedisUrl(): string {
  return required('REDIS_URL');
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(
      `${name} is not set: these tests run by 'npm test', or with ${name} of a server for tests`,
    );
  return value;
}

/** Makes an empty database of its own; the caller drops it. */
export async function testDatabase(name: string): Promise<TestDatabase> {
  const database = `t_${name.replace(/[^a-z0-9]/g, '_')}_${randomBytes(5).toString('hex')}`;
  await onServer(`CREATE DATABASE ${database}`);
  const url = new URL(testDatabaseServer());
  url.pathname = `/${database}`;
  return { url: url.href, drop: () => onServer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`) };
}

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: testDatabaseServer() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
