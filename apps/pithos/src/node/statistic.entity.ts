import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Versions of one cluster below a container: how many, how many bytes, changed when (storage spec §3.3). */
@Entity({ name: 'statistic' })
export class StatisticEntity {
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
