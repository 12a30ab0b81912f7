import { Injectable } from '@nestjs/common';
import { ItemNotFound } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import { rowKey } from '../network/row-id.js';
import { VolumeTypeEntity } from './volume-type.entity.js';

@Injectable()
export class VolumeTypeService {
  constructor(private readonly dataSource: DataSource) {}

  list(): Promise<VolumeTypeEntity[]> {
    return this.dataSource.manager.find(VolumeTypeEntity, {
      where: { isDeleted: false },
      order: { id: 'ASC' },
    });
  }

  /** By uuid or number. @throws ItemNotFound */
  async get(key: string): Promise<VolumeTypeEntity> {
    const where = rowKey(key);
    const type = where === null ? null : await this.dataSource.manager.findOneBy(VolumeTypeEntity, where);
    if (type === null) throw new ItemNotFound(`Volume type ${key} could not be found.`);
    return type;
  }

  /** The type of volumes for which none is named. @throws ItemNotFound */
  async getDefault(): Promise<VolumeTypeEntity> {
    const [type] = await this.list();
    if (type === undefined) throw new ItemNotFound('There is no volume type.');
    return type;
  }
}
