import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { nowColumn, uuidAliasColumn } from '../database/columns.js';

/** A kind of disk: `ext_synnefo` is Ganeti's template `ext` with provider `synnefo`. */
@Entity('volume_type')
@Unique('uq_volume_type_uuid', ['uuid'])
export class VolumeTypeEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_volume_type',
  })
  id!: number;

  @Column(uuidAliasColumn)
  uuid!: string;

  @Column('varchar', { length: 255 })
  name!: string;

  @Column('varchar', { name: 'disk_template', length: 32 })
  diskTemplate!: string;

  @Column('boolean', { name: 'is_deleted', default: false })
  isDeleted!: boolean;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;
}
