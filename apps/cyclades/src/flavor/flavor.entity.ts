import { Column, Entity, ForeignKey, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { nowColumn } from '../database/columns.js';

@Entity('flavor')
@Unique('uq_flavor_cpu_ram_mib_disk_gib_volume_type_id', ['cpu', 'ramMib', 'diskGib', 'volumeTypeId'])
export class FlavorEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_flavor',
  })
  id!: number;

  @Column('integer')
  cpu!: number;

  @Column('integer', { name: 'ram_mib' })
  ramMib!: number;

  @Column('integer', { name: 'disk_gib' })
  diskGib!: number;

  @ForeignKey('VolumeTypeEntity', { name: 'fk_flavor_volume_type' })
  @Column('integer', { name: 'volume_type_id' })
  volumeTypeId!: number;

  @Column('boolean', { name: 'allows_create', default: true })
  allowsCreate!: boolean;

  @Column('boolean', { name: 'is_public', default: true })
  isPublic!: boolean;

  @Column('boolean', { name: 'is_deleted', default: false })
  isDeleted!: boolean;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;
}

/** A project that may use a flavor which is not public. */
@Entity('flavor_access')
export class FlavorAccessEntity {
  @ForeignKey('FlavorEntity', { name: 'fk_flavor_access_flavor' })
  @PrimaryColumn('integer', { name: 'flavor_id', primaryKeyConstraintName: 'pk_flavor_access' })
  flavorId!: number;

  @PrimaryColumn('varchar', { length: 255, primaryKeyConstraintName: 'pk_flavor_access' })
  project!: string;
}
