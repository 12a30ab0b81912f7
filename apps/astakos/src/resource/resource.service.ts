import { Injectable } from '@nestjs/common';
import { BadRequest, ItemNotFound } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import { ResourceEntity } from './resource.entity.js';

export interface ResourceChange {
  readonly systemDefault?: bigint;
  readonly projectDefault?: bigint;
  readonly isApiVisible?: boolean;
  readonly isUiVisible?: boolean;
}

@Injectable()
export class ResourceService {
  constructor(private readonly dataSource: DataSource) {}

  list(): Promise<ResourceEntity[]> {
    return this.dataSource.getRepository(ResourceEntity).find({ order: { id: 'ASC' } });
  }

  /**
   * Changes defaults (of future projects only) and visibility; hidden in the API is hidden in the UI, shown in the UI is shown in the API.
   * @throws ItemNotFound, BadRequest
   */
  async change(name: string, change: ResourceChange): Promise<ResourceEntity> {
    if (change.isUiVisible === true && change.isApiVisible === false) {
      throw new BadRequest('A resource that is shown in the UI is shown in the API.');
    }
    const repository = this.dataSource.getRepository(ResourceEntity);
    const resource = await repository.findOneBy({ name });
    if (resource === null) throw new ItemNotFound(`There is no resource ${name}.`);
    const isApiVisible = change.isApiVisible ?? (change.isUiVisible === true || resource.isApiVisible);
    const isUiVisible = isApiVisible && (change.isUiVisible ?? resource.isUiVisible);
    return repository.save({
      ...resource,
      isApiVisible,
      isUiVisible,
      systemDefault: change.systemDefault?.toString() ?? resource.systemDefault,
      projectDefault: change.projectDefault?.toString() ?? resource.projectDefault,
    });
  }
}
