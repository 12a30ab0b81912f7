import { CommissionEntity } from '@synnefo/commission';
import { connect, createDataSource, type DataSource, ensureDatabase, migrate } from '@synnefo/database';

import { CreatePithos1795600000000 } from '../migrations/1795600000000-create-pithos.js';
import { LooseMapEntity } from './map/loose-map.entity.js';
import { NodeEntity } from './node/node.entity.js';
import { StatisticEntity } from './node/statistic.entity.js';
import { SettingEntity } from './setting/setting.entity.js';
import { PermissionEntity } from './sharing/permission.entity.js';
import { AttributeEntity } from './version/attribute.entity.js';
import { PolicyEntity } from './version/policy.entity.js';
import { VersionEntity } from './version/version.entity.js';

/** Connects to the database of Pithos, made and migrated when needed. */
export async function openDatabase(url: string, applicationName: string): Promise<DataSource> {
  await ensureDatabase(url);
  const dataSource = createDataSource({
    url,
    applicationName,
    entities: [
      AttributeEntity,
      CommissionEntity,
      LooseMapEntity,
      NodeEntity,
      PermissionEntity,
      PolicyEntity,
      SettingEntity,
      StatisticEntity,
      VersionEntity,
    ],
    migrations: [CreatePithos1795600000000],
  });
  await connect(dataSource);
  await migrate(dataSource);
  return dataSource;
}
