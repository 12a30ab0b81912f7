import { Column, Entity, ForeignKey, Generated, Index, PrimaryColumn } from 'typeorm';
import { bigintAsNumber, nowColumn } from '../database/columns.js';

export type EffectObjectType = 'server' | 'network' | 'volume' | 'snapshot';

/** PENDING → SUBMITTED (a Ganeti job exists) → DONE or FAILED; an effect without a Ganeti job goes from PENDING to its end. */
export type EffectState = 'PENDING' | 'SUBMITTED' | 'DONE' | 'FAILED';

/** Something that has to happen outside, once. */
@Entity('effect')
@Index('uq_effect_backend_id_job_id', ['backendId', 'jobId'], { unique: true, where: 'job_id IS NOT NULL' })
@Index('ix_effect_object_type_object_id_seq', ['objectType', 'objectId', 'seq'])
@Index('ix_effect_open', ['state', 'createdAt'], { where: 'finished_at IS NULL' })
export class EffectEntity {
  /** Sent to Ganeti as the reason of the job. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_effect' })
  id!: string;

  /** The effects of one object happen in this order. */
  @Generated('increment')
  @Column(bigintAsNumber)
  seq!: number;

  @Column('varchar', { name: 'object_type', length: 16 })
  objectType!: EffectObjectType;

  @Column('varchar', { name: 'object_id', length: 64 })
  objectId!: string;

  @Column('varchar', { length: 32 })
  action!: string;

  /** Null for an effect without a Ganeti job. */
  @ForeignKey('BackendEntity', { name: 'fk_effect_backend' })
  @Column('integer', { name: 'backend_id', nullable: true })
  backendId!: number | null;

  @Column('jsonb', { default: {} })
  payload!: Record<string, unknown>;

  @Column({ ...bigintAsNumber, name: 'commission_serial', nullable: true })
  commissionSerial!: number | null;

  @Column('varchar', { length: 16, default: 'PENDING' })
  state!: EffectState;

  /** The worker that is at it, until `claimedUntil`. */
  @Column('uuid', { name: 'claimed_by', nullable: true })
  claimedBy!: string | null;

  @Column('timestamptz', { name: 'claimed_until', nullable: true })
  claimedUntil!: Date | null;

  /** Written before the request leaves: from here on a job may exist that this row does not know. */
  @Column('timestamptz', { name: 'submit_started_at', nullable: true })
  submitStartedAt!: Date | null;

  @Column({ ...bigintAsNumber, name: 'job_id', nullable: true })
  jobId!: number | null;

  /** The last that was heard of the job. */
  @Column('varchar', { name: 'job_status', length: 16, nullable: true })
  jobStatus!: string | null;

  @Column('text', { name: 'error_message', nullable: true })
  errorMessage!: string | null;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'submitted_at', nullable: true })
  submittedAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
