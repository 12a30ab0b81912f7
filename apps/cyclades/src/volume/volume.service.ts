import { Injectable } from '@nestjs/common';
import { BadRequest, ItemNotFound, NotImplemented } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { DataSource } from '@synnefo/database';
import { mayUse, visibleCondition, visibleParameters } from '../network/visibility.js';
import { rowKey } from '../network/row-id.js';
import { VolumeEntity } from './volume.entity.js';

/** A volume with what its views show beside its own row. */
export interface VolumeDetails extends VolumeEntity {
  readonly serverUuid: string | null;
  readonly typeName: string;
  readonly diskTemplate: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface VolumeUpdate {
  readonly name?: string | null;
  readonly description?: string | null;
}

interface VolumeLinks {
  readonly id: number;
  readonly serverUuid: string | null;
  readonly typeName: string;
  readonly diskTemplate: string;
  readonly metadata: Record<string, string>;
}

const LINKS = `
SELECT volume.id, server.uuid AS "serverUuid", type.name AS "typeName", type.disk_template AS "diskTemplate",
       coalesce((SELECT jsonb_object_agg(key, value) FROM volume_metadata WHERE volume_id = volume.id), '{}') AS metadata
  FROM volume JOIN volume_type type ON type.id = volume.volume_type_id LEFT JOIN server ON server.id = volume.server_id
 WHERE volume.id = ANY($1::int[])`;

@Injectable()
export class VolumeService {
  constructor(private readonly dataSource: DataSource) {}

  /** The volumes that the caller sees and that are not deleted, newest first. */
  async list(principal: Principal): Promise<VolumeDetails[]> {
    const rows = await this.dataSource
      .createQueryBuilder(VolumeEntity, 'volume')
      .where(visibleCondition('volume'), visibleParameters(principal))
      .andWhere('NOT volume.isDeleted')
      .orderBy('volume.id', 'DESC')
      .getMany();
    return this.withDetails(rows);
  }

  /** Deleted volumes are found too (compute spec 1.0.5). @throws ItemNotFound */
  async get(principal: Principal, key: string): Promise<VolumeDetails> {
    const where = rowKey(key);
    const row = where === null ? null : await this.dataSource.manager.findOneBy(VolumeEntity, where);
    const [found] = row === null || !mayUse(principal, row) ? [] : await this.withDetails([row]);
    if (found === undefined) throw new ItemNotFound(`Volume ${key} could not be found.`);
    return found;
  }

  async getLive(principal: Principal, key: string): Promise<VolumeDetails> {
    const volume = await this.get(principal, key);
    if (volume.isDeleted) throw new ItemNotFound(`Volume ${key} could not be found.`);
    return volume;
  }

  /** The root disk of a server that the caller sees. @throws ItemNotFound */
  async getRoot(principal: Principal, serverId: number): Promise<VolumeDetails> {
    const row = await this.dataSource.manager.findOneBy(VolumeEntity, {
      serverId,
      index: 0,
      isDeleted: false,
    });
    const [found] = row === null || !mayUse(principal, row) ? [] : await this.withDetails([row]);
    if (found === undefined) throw new ItemNotFound('The server has no root volume.');
    return found;
  }

  async update(principal: Principal, key: string, changes: VolumeUpdate): Promise<VolumeDetails> {
    const volume = await this.getLive(principal, key);
    await this.dataSource.manager.update(
      VolumeEntity,
      { id: volume.id },
      { ...changes, updatedAt: () => 'now()' },
    );
    return this.get(principal, key);
  }

  /** @throws always: a root disk goes with its server; detachable volumes are not offered yet */
  async remove(principal: Principal, key: string): Promise<never> {
    const volume = await this.getLive(principal, key);
    if (volume.serverId !== null)
      throw new BadRequest('Invalid volume: it is attached to a server and is deleted with it.');
    throw new NotImplemented(
      'Volumes are deleted with their server; detachable volumes are not offered yet.',
    );
  }

  async findUuids(ids: readonly number[]): Promise<Map<number, string>> {
    const rows: { id: number; uuid: string }[] = await this.dataSource.query(
      'SELECT id, uuid FROM volume WHERE id = ANY($1::int[])',
      [ids],
    );
    return new Map(rows.map(({ id, uuid }) => [id, uuid]));
  }

  private async withDetails(volumes: VolumeEntity[]): Promise<VolumeDetails[]> {
    const rows: VolumeLinks[] = await this.dataSource.query(LINKS, [volumes.map(({ id }) => id)]);
    return volumes.flatMap((volume) => {
      const links = rows.find(({ id }) => id === volume.id);
      return links === undefined ? [] : [{ ...volume, ...links }];
    });
  }
}
