import { Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { bigintAsNumber, nowColumn, uuidAliasColumn } from '../database/columns.js';

/** What the instance is, as far as Ganeti said (compute spec 3.1). */
export type Operstate = 'BUILD' | 'ERROR' | 'STOPPED' | 'STARTED' | 'DESTROYED' | 'RESIZE';

export type ServerAction = 'BUILD' | 'START' | 'STOP' | 'REBOOT' | 'DESTROY';

@Entity('server')
@Unique('uq_server_uuid', ['uuid'])
@Index('ix_server_user_uuid', ['userUuid'])
@Index('ix_server_project', ['project'])
export class ServerEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_server',
  })
  id!: number;

  @Column(uuidAliasColumn)
  uuid!: string;

  @Column('varchar', { length: 255 })
  name!: string;

  @Column('varchar', { name: 'user_uuid', length: 100 })
  userUuid!: string;

  @Column('varchar', { length: 255 })
  project!: string;

  @Column('boolean', { name: 'shared_to_project', default: false })
  sharedToProject!: boolean;

  @ForeignKey('BackendEntity', { name: 'fk_server_backend' })
  @Column('integer', { name: 'backend_id' })
  backendId!: number;

  @ForeignKey('FlavorEntity', { name: 'fk_server_flavor' })
  @Column('integer', { name: 'flavor_id' })
  flavorId!: number;

  @Column('varchar', { name: 'image_id', length: 100 })
  imageId!: string;

  @Column('jsonb', { name: 'key_names', default: [] })
  keyNames!: string[];

  @Column('varchar', { length: 16, default: 'BUILD' })
  operstate!: Operstate;

  /** The last action that was asked for. */
  @Column('varchar', { length: 32, nullable: true })
  action!: ServerAction | null;

  /** The action that runs now; null when idle. */
  @Column('varchar', { length: 64, nullable: true })
  task!: ServerAction | null;

  /** The effect which the task waits for. */
  @Column('uuid', { name: 'task_effect_id', nullable: true })
  taskEffectId!: string | null;

  /** The commission that the final job of the task decides. */
  @Column({ ...bigintAsNumber, name: 'commission_serial', nullable: true })
  commissionSerial!: number | null;

  /** Whether CPU and RAM of the running server are charged now. The reconciler brings it in line with the state. */
  @Column('boolean', { name: 'charges_running', default: true })
  chargesRunning!: boolean;

  @Column('boolean', { name: 'is_deleted', default: false })
  isDeleted!: boolean;

  @Column('boolean', { name: 'is_suspended', default: false })
  isSuspended!: boolean;

  @Column({ ...bigintAsNumber, name: 'backend_job_id', nullable: true })
  backendJobId!: number | null;

  @Column('varchar', { name: 'backend_opcode', length: 64, nullable: true })
  backendOpcode!: string | null;

  @Column('varchar', { name: 'backend_job_status', length: 16, nullable: true })
  backendJobStatus!: string | null;

  @Column('text', { name: 'backend_log_message', nullable: true })
  backendLogMessage!: string | null;

  /** Messages about jobs up to this one change nothing any more. */
  @Column({ ...bigintAsNumber, name: 'last_final_job_id', default: 0 })
  lastFinalJobId!: number;

  @Column('integer', { name: 'build_percentage', default: 0 })
  buildPercentage!: number;

  @Column('text', { name: 'fault_message', nullable: true })
  faultMessage!: string | null;

  @Column('timestamptz', { name: 'faulted_at', nullable: true })
  faultedAt!: Date | null;

  @Column('timestamptz', { name: 'launched_at', nullable: true })
  launchedAt!: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...nowColumn, name: 'updated_at' })
  updatedAt!: Date;
}

@Entity('server_metadata')
export class ServerMetadataEntity {
  @ForeignKey('ServerEntity', { name: 'fk_server_metadata_server', onDelete: 'CASCADE' })
  @PrimaryColumn('integer', { name: 'server_id', primaryKeyConstraintName: 'pk_server_metadata' })
  serverId!: number;

  @PrimaryColumn('varchar', { length: 255, primaryKeyConstraintName: 'pk_server_metadata' })
  key!: string;

  @Column('varchar', { length: 500 })
  value!: string;
}
