import 'reflect-metadata';
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';

export interface DataSourceParams {
  /** `postgres://user@host:port/database` */
  readonly url: string;
  readonly entities: (EntitySchema | (new () => object))[];
  readonly migrations: (new () => MigrationInterface)[];
  /** Shown by PostgreSQL in pg_stat_activity. */
  readonly applicationName: string;
  /** Connections of this process at most. */
  readonly poolSize?: number;
  /** A statement that takes longer is cancelled: nothing may wait for ever. */
  readonly statementTimeoutMs?: number;
}

/** Makes the data source of one process; `initialize()` connects. The schema changes by migrations only, never by `synchronize`. */
export function createDataSource(params: DataSourceParams): DataSource {
  return new DataSource({
    type: 'postgres',
    url: params.url,
    entities: params.entities,
    migrations: params.migrations,
    migrationsTableName: 'migration',
    synchronize: false,
    poolSize: params.poolSize ?? 10,
    applicationName: params.applicationName,
    connectTimeoutMS: 10_000,
    extra: {
      statement_timeout: params.statementTimeoutMs ?? 30_000,
      idle_in_transaction_session_timeout: 60_000,
    },
  });
}
