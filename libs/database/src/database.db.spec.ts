import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Column, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm';
import { createDataSource } from './data-source.js';
import { assertNoDrift } from './drift.js';
import { ensureDatabase } from './ensure-database.js';
import { migrate } from './migrate.js';
import { isUniqueViolation, transaction } from './transaction.js';

@Entity('thing')
class ThingEntity {
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'pk_thing' })
  id!: number;

  @Column('text')
  label!: string;
}

class CreateThing1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE thing (id integer NOT NULL CONSTRAINT pk_thing PRIMARY KEY, label text NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE thing');
  }
}

describe('libs/database', () => {
  const name = `t_database_${randomBytes(5).toString('hex')}`;
  const server = process.env.DATABASE_URL ?? '';
  const url = server.replace(/\/[^/]*$/, `/${name}`);
  const open = () =>
    createDataSource({
      url,
      entities: [ThingEntity],
      migrations: [CreateThing1700000000000],
      applicationName: 'test',
    });
  const dataSource = open();

  beforeAll(async () => {
    await Promise.all([ensureDatabase(url), ensureDatabase(url), ensureDatabase(url)]);
    await dataSource.initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.end();
  });

  it('migrates once when two processes start together', async () => {
    const other = await open().initialize();
    await Promise.all([migrate(dataSource), migrate(other)]);
    await other.destroy();
    expect(await dataSource.query('SELECT count(*)::int AS n FROM migration')).toEqual([{ n: 1 }]);
    await assertNoDrift(dataSource);
  });

  it('shows drift', async () => {
    await dataSource.query('ALTER TABLE thing ADD COLUMN extra text');
    await expect(assertNoDrift(dataSource)).rejects.toThrow(/extra/);
    await dataSource.query('ALTER TABLE thing DROP COLUMN extra');
  });

  it('repeats a transaction that lost against another', async () => {
    await dataSource.query("INSERT INTO thing VALUES (1, 'a'), (2, 'a')");
    let entered = 0;
    const swap = (first: number, second: number) =>
      transaction(dataSource, async (tx) => {
        entered += 1;
        await tx.query('UPDATE thing SET label = label || $2 WHERE id = $1', [first, 'x']);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await tx.query('UPDATE thing SET label = label || $2 WHERE id = $1', [second, 'x']);
      });
    await Promise.all([swap(1, 2), swap(2, 1)]);
    expect(entered).toBeGreaterThan(2);
    expect(await dataSource.query('SELECT label FROM thing ORDER BY id')).toEqual([
      { label: 'axx' },
      { label: 'axx' },
    ]);
  });

  it('knows a unique violation', async () => {
    const error: unknown = await dataSource
      .query("INSERT INTO thing VALUES (1, 'b')")
      .catch((e: unknown) => e);
    expect(isUniqueViolation(error, 'pk_thing')).toBe(true);
    expect(isUniqueViolation(error, 'other')).toBe(false);
  });
});
