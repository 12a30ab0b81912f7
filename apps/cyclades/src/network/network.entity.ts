import { Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { bigintAsNumber, nowColumn, uuidAliasColumn } from '../database/columns.js';

export type NetworkFlavor = 'CUSTOM' | 'IP_LESS_ROUTED' | 'MAC_FILTERED' | 'PHYSICAL_VLAN';

export type NetworkState = 'PENDING' | 'ACTIVE' | 'DELETED' | 'ERROR';

@Entity('network')
@Unique('uq_network_uuid', ['uuid'])
@Index('ix_network_user_uuid', ['userUuid'])
export class NetworkEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_network',
  })
  id!: number;

  @Column(uuidAliasColumn)
  uuid!: string;

  @Column('varchar', { length: 255, default: '' })
  name!: string;

  /** Null: a network of the installation, not of a user. */
  @Column('varchar', { name: 'user_uuid', length: 100, nullable: true })
  userUuid!: string | null;

  @Column('varchar', { length: 255, nullable: true })
  project!: string | null;

  @Column('boolean', { name: 'shared_to_project', default: false })
  sharedToProject!: boolean;

  @Column('boolean', { name: 'is_public', default: false })
  isPublic!: boolean;

  @Column('boolean', { name: 'is_drained', default: false })
  isDrained!: boolean;

  @Column('boolean', { name: 'is_floating_ip_pool', default: false })
  isFloatingIpPool!: boolean;

  @Column('boolean', { name: 'is_external_router', default: false })
  isExternalRouter!: boolean;

  @Column('varchar', { length: 32 })
  flavor!: NetworkFlavor;

  @Column('varchar', { length: 16 })
  mode!: string;

  @Column('varchar', { length: 32 })
  link!: string;

  /** Five hexadecimal digits with colons (`aa:00:3`); each cluster adds its own as the sixth. */
  @Column('varchar', { name: 'mac_prefix', length: 32 })
  macPrefix!: string;

  @Column('jsonb', { default: [] })
  tags!: string[];

  @Column('varchar', { length: 16, default: 'ACTIVE' })
  state!: NetworkState;

  @Column('varchar', { length: 16, nullable: true })
  action!: 'CREATE' | 'DESTROY' | null;

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

/** A network on one cluster; the row is made when the first server there needs it. */
@Entity('backend_network')
export class BackendNetworkEntity {
  @ForeignKey('NetworkEntity', { name: 'fk_backend_network_network' })
  @PrimaryColumn('integer', { name: 'network_id', primaryKeyConstraintName: 'pk_backend_network' })
  networkId!: number;

  @ForeignKey('BackendEntity', { name: 'fk_backend_network_backend' })
  @PrimaryColumn('integer', { name: 'backend_id', primaryKeyConstraintName: 'pk_backend_network' })
  backendId!: number;

  @Column('varchar', { name: 'mac_prefix', length: 32 })
  macPrefix!: string;

  @Column('varchar', { length: 16, default: 'PENDING' })
  operstate!: NetworkState;

  @Column({ ...bigintAsNumber, name: 'backend_job_id', nullable: true })
  backendJobId!: number | null;

  @Column('varchar', { name: 'backend_opcode', length: 64, nullable: true })
  backendOpcode!: string | null;

  @Column('varchar', { name: 'backend_job_status', length: 16, nullable: true })
  backendJobStatus!: string | null;

  @Column({ ...bigintAsNumber, name: 'last_final_job_id', default: 0 })
  lastFinalJobId!: number;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...nowColumn, name: 'updated_at' })
  updatedAt!: Date;
}
