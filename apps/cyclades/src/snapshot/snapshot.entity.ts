import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { nowColumn } from '../database/columns.js';

export type SnapshotState = 'CREATING' | 'AVAILABLE' | 'ERROR' | 'DELETED';

/** What Cyclades has to remember to finish a snapshot; the snapshot itself is the object in Pithos with this uuid. */
@Entity('snapshot')
@Unique('uq_snapshot_map_name', ['mapName'])
@Unique('uq_snapshot_volume_id_counter', ['volumeId', 'counter'])
export class SnapshotEntity {
  /** The uuid of the object in Pithos: the image id too. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_snapshot' })
  uuid!: string;

  @ForeignKey('VolumeEntity', { name: 'fk_snapshot_volume' })
  @Column('integer', { name: 'volume_id' })
  volumeId!: number;

  @Column('integer')
  counter!: number;

  @Column('varchar', { name: 'map_name', length: 255 })
  mapName!: string;

  @Column('varchar', { name: 'user_uuid', length: 100 })
  userUuid!: string;

  @Column('varchar', { length: 255 })
  project!: string;

  @Column('varchar', { length: 16, default: 'CREATING' })
  state!: SnapshotState;

  @Column('text', { name: 'fault_message', nullable: true })
  faultMessage!: string | null;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...nowColumn, name: 'updated_at' })
  updatedAt!: Date;
}
