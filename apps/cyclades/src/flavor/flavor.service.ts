import { Injectable } from '@nestjs/common';
import { Forbidden, ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { DataSource, isUniqueViolation } from '@synnefo/database';
import { VolumeTypeEntity } from '../volume-type/volume-type.entity.js';
import { FlavorEntity } from './flavor.entity.js';

/** A flavor with its disk template, and those of the caller's projects that it is given to. */
export interface Flavor {
  readonly id: number;
  readonly name: string;
  readonly cpu: number;
  readonly ramMib: number;
  readonly diskGib: number;
  readonly volumeTypeId: number;
  /** `ext_synnefo` */
  readonly diskTemplate: string;
  readonly allowsCreate: boolean;
  readonly isPublic: boolean;
  readonly isDeleted: boolean;
  readonly projects: readonly string[];
}

export interface NewFlavor {
  readonly cpu: number;
  readonly ramMib: number;
  readonly diskGib: number;
  readonly volumeTypeId: number;
}

interface FlavorRow {
  readonly id: number;
  readonly cpu: number;
  readonly ram_mib: number;
  readonly disk_gib: number;
  readonly volume_type_id: number;
  readonly disk_template: string;
  readonly allows_create: boolean;
  readonly is_public: boolean;
  readonly is_deleted: boolean;
  readonly projects: string[];
}

const SELECT = `
SELECT flavor.id, cpu, ram_mib, disk_gib, volume_type_id, disk_template, allows_create, is_public, flavor.is_deleted,
       array(SELECT project FROM flavor_access WHERE flavor_id = flavor.id AND project = ANY($1) ORDER BY project)::text[] AS projects
  FROM flavor JOIN volume_type ON volume_type.id = volume_type_id
 WHERE (is_public OR EXISTS (SELECT 1 FROM flavor_access WHERE flavor_id = flavor.id AND project = ANY($1)))`;

/** Which flavors there are, and which a caller sees (compute spec 1.0.6, 1.4). */
@Injectable()
export class FlavorService {
  constructor(private readonly dataSource: DataSource) {}

  async list(principal: Pick<Principal, 'projectIds'>): Promise<Flavor[]> {
    const rows: FlavorRow[] = await this.dataSource.query(
      `${SELECT} AND NOT flavor.is_deleted ORDER BY flavor.id`,
      [principal.projectIds],
    );
    return rows.map(toFlavor);
  }

  /** A deleted flavor too. @throws ItemNotFound when there is none that the caller sees */
  async get(principal: Pick<Principal, 'projectIds'>, id: string): Promise<Flavor> {
    const rows: FlavorRow[] = await this.dataSource.query(`${SELECT} AND flavor.id::text = $2`, [
      principal.projectIds,
      id,
    ]);
    const row = rows[0];
    if (row === undefined) throw new ItemNotFound(`Flavor ${id} could not be found.`);
    return toFlavor(row);
  }

  /** @throws ItemNotFound; Forbidden when `project` may not use it or nobody may make new servers of it */
  async getForServer(principal: Principal, id: string, project: string): Promise<Flavor> {
    const flavor = await this.get(principal, id);
    if (flavor.isDeleted) throw new ItemNotFound(`Flavor ${id} could not be found.`);
    if (!flavor.isPublic && !flavor.projects.includes(project))
      throw new Forbidden('The project may not use this flavor.');
    if (!flavor.allowsCreate) throw new Forbidden('No new servers are made of this flavor.');
    return flavor;
  }

  async listAll(): Promise<Flavor[]> {
    const all = SELECT.slice(0, SELECT.indexOf('\n WHERE'));
    const rows: FlavorRow[] = await this.dataSource.query(`${all} ORDER BY flavor.id`, [[]]);
    return rows.map(toFlavor);
  }

  /** The volume type of a disk template (`ext_synnefo`), made when there is none. */
  async ensureVolumeType(diskTemplate: string): Promise<number> {
    const { manager } = this.dataSource;
    const known = await manager.findOneBy(VolumeTypeEntity, { diskTemplate, isDeleted: false });
    return (
      known ?? (await manager.save(manager.create(VolumeTypeEntity, { name: diskTemplate, diskTemplate })))
    ).id;
  }

  /** @returns null when a flavor of these values exists, a deleted one too */
  async add(flavor: NewFlavor): Promise<FlavorEntity | null> {
    try {
      return await this.dataSource.manager.save(this.dataSource.manager.create(FlavorEntity, flavor));
    } catch (error) {
      if (isUniqueViolation(error)) return null;
      throw error;
    }
  }
}

function toFlavor(row: FlavorRow): Flavor {
  return {
    id: row.id,
    name: `C${row.cpu}R${row.ram_mib}D${row.disk_gib}${row.disk_template}`,
    cpu: row.cpu,
    ramMib: row.ram_mib,
    diskGib: row.disk_gib,
    volumeTypeId: row.volume_type_id,
    diskTemplate: row.disk_template,
    allowsCreate: row.allows_create,
    isPublic: row.is_public,
    isDeleted: row.is_deleted,
    projects: row.projects,
  };
}
