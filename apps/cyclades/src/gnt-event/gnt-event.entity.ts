import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { bigintAsNumber, nowColumn } from '../database/columns.js';
import type { GntEventSource } from './gnt-event.queue.js';

/** A message about a Ganeti job that was applied: a second one with the same key changes nothing. */
@Entity('gnt_event')
@Index('ix_gnt_event_applied_at', ['appliedAt'])
export class GntEventEntity {
  @ForeignKey('BackendEntity', { name: 'fk_gnt_event_backend' })
  @PrimaryColumn('integer', { name: 'backend_id', primaryKeyConstraintName: 'pk_gnt_event' })
  backendId!: number;

  @PrimaryColumn('bigint', {
    transformer: bigintAsNumber.transformer,
    name: 'job_id',
    primaryKeyConstraintName: 'pk_gnt_event',
  })
  jobId!: number;

  @PrimaryColumn('smallint', { name: 'op_index', primaryKeyConstraintName: 'pk_gnt_event' })
  opIndex!: number;

  @PrimaryColumn('varchar', { length: 16, primaryKeyConstraintName: 'pk_gnt_event' })
  status!: string;

  @Column('varchar', { length: 64 })
  operation!: string;

  @Column('varchar', { name: 'object_name', length: 255, nullable: true })
  objectName!: string | null;

  @Column('uuid', { name: 'effect_id', nullable: true })
  effectId!: string | null;

  /** Who told it first. */
  @Column('varchar', { length: 16, nullable: true })
  source!: GntEventSource | null;

  @Column({ ...nowColumn, name: 'applied_at' })
  appliedAt!: Date;
}
