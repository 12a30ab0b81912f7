import type { DataSource } from 'typeorm';

/**
 * For tests: the entities and the migrated schema say the same.
 * @throws Error listing the statements by which TypeORM would make them equal
 */
export async function assertNoDrift(dataSource: DataSource): Promise<void> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  if (upQueries.length === 0) return;
  throw new Error(`entities and schema differ:\n${upQueries.map((query) => query.query).join('\n')}`);
}
