import type { DataSource, EntityManager } from 'typeorm';

export interface TransactionOptions {
  readonly isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const ATTEMPTS = 5;

/**
 * Runs `fn` in one transaction and commits when it returns. Serialization failures and deadlocks are tried again, five times in all, so `fn` must
 * have no effect outside the database: no remote call, no enqueue.
 */
export async function transaction<T>(
  dataSource: DataSource,
  fn: (tx: EntityManager) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await dataSource.transaction(options.isolation ?? 'READ COMMITTED', fn);
    } catch (error) {
      if (attempt >= ATTEMPTS || !isRetriable(error)) throw error;
    }
  }
}

function isRetriable(error: unknown): boolean {
  const code = databaseCode(error);
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED;
}

/** Whether the database refused a row because it exists. `constraint` narrows it to one constraint or index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (databaseCode(error) !== '23505') return false;
  return constraint === undefined || (error as { constraint?: unknown }).constraint === constraint; // pg sets it on every 23505
}

function databaseCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
