import { Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { bigintAsNumber, nowColumn, uuidAliasColumn } from '../database/columns.js';

export type VolumeStatus =
  'CREATING' | 'AVAILABLE' | 'ATTACHING' | 'IN_USE' | 'DETACHING' | 'DELETING' | 'DELETED' | 'ERROR';

@Entity('volume')
@Unique('uq_volume_uuid', ['uuid'])
@Index('ix_volume_user_uuid', ['userUuid'])
@Index('ix_volume_server_id', ['serverId'])
export class VolumeEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_volume',
  })
  id!: number;

  @Column(uuidAliasColumn)
  uuid!: string;

  @Column('varchar', { length: 255, nullable: true })
  name!: string | null;

  @Column('varchar', { length: 255, nullable: true })
  description!: string | null;

  @Column('varchar', { name: 'user_uuid', length: 100 })
  userUuid!: string;

  @Column('varchar', { length: 255 })
  project!: string;

  @Column('boolean', { name: 'shared_to_project', default: false })
  sharedToProject!: boolean;

  @Column('integer', { name: 'size_gib' })
  sizeGib!: number;

  @ForeignKey('VolumeTypeEntity', { name: 'fk_volume_volume_type' })
  @Column('integer', { name: 'volume_type_id' })
  volumeTypeId!: number;

  @Column('boolean', { name: 'deletes_on_termination', default: true })
  deletesOnTermination!: boolean;

  /** `image:<id>`, `snapshot:<id>`, `volume:<id>`; null for an empty volume. */
  @Column('varchar', { length: 255, nullable: true })
  source!: string | null;

  /** The Archipelago map which the volume was cloned from. */
  @Column('varchar', { name: 'origin_map', length: 255, nullable: true })
  originMap!: string | null;

  @Column({ ...bigintAsNumber, name: 'origin_size_bytes', nullable: true })
  originSizeBytes!: number | null;

  @Column('varchar', { length: 24, default: 'CREATING' })
  status!: VolumeStatus;

  @ForeignKey('ServerEntity', { name: 'fk_volume_server' })
  @Column('integer', { name: 'server_id', nullable: true })
  serverId!: number | null;

  /** Position among the disks of the instance; kept after detach. */
  @Column('integer', { nullable: true })
  index!: number | null;

  /** Whether anything exists in storage yet. */
  @Column('boolean', { name: 'has_data', default: false })
  hasData!: boolean;

  /** The number of the newest snapshot; it ends the snapshot's map name. */
  @Column('integer', { name: 'snapshot_counter', default: 0 })
  snapshotCounter!: number;

  /** Properties of the image the volume came from: a snapshot inherits them. */
  @Column('jsonb', { name: 'image_metadata', default: {} })
  imageMetadata!: Record<string, string>;

  @Column({ ...bigintAsNumber, name: 'commission_serial', nullable: true })
  commissionSerial!: number | null;

  @Column('boolean', { name: 'is_deleted', default: false })
  isDeleted!: boolean;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...nowColumn, name: 'updated_at' })
  updatedAt!: Date;
}

@Entity('volume_metadata')
export class VolumeMetadataEntity {
  @ForeignKey('VolumeEntity', { name: 'fk_volume_metadata_volume', onDelete: 'CASCADE' })
  @PrimaryColumn('integer', { name: 'volume_id', primaryKeyConstraintName: 'pk_volume_metadata' })
  volumeId!: number;

  @PrimaryColumn('varchar', { length: 255, primaryKeyConstraintName: 'pk_volume_metadata' })
  key!: string;

  @Column('varchar', { length: 255 })
  value!: string;
}
