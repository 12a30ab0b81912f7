import type { DataSource } from 'typeorm';

/** Any constant will do; all processes that migrate one database must use the same. */
const ADVISORY_LOCK = 7_268_001;

/** Runs the pending migrations, each in a transaction of its own; processes that start together take turns. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const lock = dataSource.createQueryRunner();
  await lock.connect();
  try {
    await lock.query('SET statement_timeout = 0');
    await lock.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [ADVISORY_LOCK]);
    await lock.query('RESET statement_timeout');
    await lock.release();
  }
}
