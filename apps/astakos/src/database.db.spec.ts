import { assertNoDrift, type DataSource, migrate } from '@synnefo/database';
import { testDatabase, type TestDatabase } from '@synnefo/testing';
import { astakosDataSource } from './database.js';

describe('the schema of Astakos', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await testDatabase('astakos_schema');
    dataSource = await astakosDataSource(database.url, 'test').initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('goes up, down and up again, and is what the entities say', async () => {
    await migrate(dataSource);
    await assertNoDrift(dataSource);
    await dataSource.undoLastMigration();
    await dataSource.undoLastMigration();
    await migrate(dataSource);
    await assertNoDrift(dataSource);
  });

  it('holds one row a project and resource, although their source is null', async () => {
    const insert = `INSERT INTO holding (holder, source, resource, quota_limit) VALUES ('project:p', NULL, 'r', 1)`;
    await dataSource.query(insert);
    await expect(dataSource.query(insert)).rejects.toThrow('uq_holding_key');
  });
});
