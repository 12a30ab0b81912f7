import { assertNoDrift, type DataSource } from '@synnefo/database';
import { testDatabase, type TestDatabase } from '@synnefo/testing';

import { openDatabase } from './database.js';
import { ensureSetting } from './setting/setting.js';

describe('the database of Pithos', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await testDatabase('pithos_schema');
    dataSource = await openDatabase(database.url, 'pithos-test');
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('has the schema that the entities describe', async () => {
    await expect(assertNoDrift(dataSource)).resolves.toBeUndefined();
  });

  it('goes down and up again', async () => {
    await dataSource.undoLastMigration();
    await dataSource.runMigrations();
    await expect(assertNoDrift(dataSource)).resolves.toBeUndefined();
  });

  it('keeps the first prefix of map names', async () => {
    expect(await ensureSetting(dataSource, 'name_prefix', 'snfabc123-')).toBe('snfabc123-');
    expect(await ensureSetting(dataSource, 'name_prefix', 'other-')).toBe('snfabc123-');
  });
});
