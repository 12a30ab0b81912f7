import { assertNoDrift, createDataSource } from '@synnefo/database';
import { testDatabase, type TestDatabase } from '@synnefo/testing';
import { MIGRATIONS, openDatabase } from './cyclades-data-source.js';
import { ENTITIES } from './entities.js';

describe('migrations of cyclades', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testDatabase('cyclades_migrations');
  });

  afterAll(() => database.drop());

  it('give the schema that the entities describe', async () => {
    const dataSource = await openDatabase(database.url, 'test');
    await assertNoDrift(dataSource).finally(() => dataSource.destroy());
  });

  it('go down and up again', async () => {
    const dataSource = createDataSource({
      url: database.url,
      entities: ENTITIES,
      migrations: MIGRATIONS,
      applicationName: 'test',
    });
    await dataSource.initialize();
    try {
      await dataSource.undoLastMigration();
      await dataSource.runMigrations();
      await assertNoDrift(dataSource);
    } finally {
      await dataSource.destroy();
    }
  });
});
