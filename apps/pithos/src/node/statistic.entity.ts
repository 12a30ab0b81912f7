import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { NodeEntity } from './node.entity.js';

/** Versions of one cluster below a container: how many, how many bytes, changed when (storage spec §3.3). */
@Entity({ name: 'statistic' })
@Check('ck_statistic_population', 'population >= 0')
@Check('ck_statistic_size', 'size >= 0')
export class StatisticEntity {
  @ForeignKey(() => NodeEntity, 'id', { name: 'fk_statistic_node', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'pk_statistic' })
  node!: string;

  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'pk_statistic' })
  cluster!: number;

  @Column({ type: 'bigint', default: 0 })
  population!: string;

  @Column({ type: 'bigint', default: 0 })
  size!: string;

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  mtime!: Date;
}
