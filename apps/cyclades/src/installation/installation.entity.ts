import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { nowColumn } from '../database/columns.js';

/** One row: what belongs to the database and not to a process. */
@Entity('installation')
@Check('ck_installation_id', 'id = 1')
export class InstallationEntity {
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'pk_installation' })
  id!: number;

  @Column('varchar', { name: 'name_prefix', length: 32 })
  namePrefix!: string;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;
}
