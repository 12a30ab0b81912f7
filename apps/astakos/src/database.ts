import { createDataSource, type DataSource } from '@synnefo/database';
import { CreateIdentity1764100000000 } from '../migrations/1764100000000-create-identity.js';
import { CreateQuotaholder1764100000001 } from '../migrations/1764100000001-create-quotaholder.js';
import { ComponentEntity, EndpointEntity, ServiceEntity } from './catalog/catalog.entity.js';
import {
  CommissionEntity,
  CommissionKeyEntity,
  ProvisionEntity,
  ProvisionLogEntity,
} from './commission/commission.entity.js';
import {
  ProjectEntity,
  ProjectMembershipEntity,
  ProjectResourceQuotaEntity,
} from './project/project.entity.js';
import { HoldingEntity } from './quota/holding.entity.js';
import { ResourceEntity } from './resource/resource.entity.js';
import { TokenEntity } from './token/token.entity.js';
import { UserEntity } from './user/user.entity.js';

/** The data source of Astakos, not yet connected. */
export function astakosDataSource(url: string, applicationName: string): DataSource {
  return createDataSource({
    url,
    applicationName,
    entities: [
      UserEntity,
      TokenEntity,
      ProjectEntity,
      ProjectMembershipEntity,
      ProjectResourceQuotaEntity,
      ComponentEntity,
      ServiceEntity,
      EndpointEntity,
      ResourceEntity,
      HoldingEntity,
      CommissionEntity,
      ProvisionEntity,
      ProvisionLogEntity,
      CommissionKeyEntity,
    ],
    migrations: [CreateIdentity1764100000000, CreateQuotaholder1764100000001],
  });
}
