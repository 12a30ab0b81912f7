import { connect, createDataSource, type DataSource, ensureDatabase, migrate } from '@synnefo/database';
import { CreateComputeTables1764000000000 } from '../../migrations/1764000000000-create-compute-tables.js';
import { AddCallbackSecret1764090000000 } from '../../migrations/1764090000000-add-callback-secret.js';
import { CreateServerDiagnostic1764091000000 } from '../../migrations/1764091000000-create-server-diagnostic.js';
import { AddGntEventSource1764092000000 } from '../../migrations/1764092000000-add-gnt-event-source.js';
import { ENTITIES } from './entities.js';

export const MIGRATIONS = [
  CreateComputeTables1764000000000,
  AddCallbackSecret1764090000000,
  CreateServerDiagnostic1764091000000,
  AddGntEventSource1764092000000,
];

/** Connects to the app's database, after making and migrating it. */
export async function openDatabase(url: string, applicationName: string): Promise<DataSource> {
  await ensureDatabase(url);
  const dataSource = createDataSource({ url, entities: ENTITIES, migrations: MIGRATIONS, applicationName });
  await connect(dataSource);
  await migrate(dataSource);
  return dataSource;
}
