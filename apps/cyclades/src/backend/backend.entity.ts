import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { bigintAsNumber, nowColumn } from '../database/columns.js';

/** A Ganeti cluster. The numbers are what it had free when they were last read (`refreshedAt`). */
@Entity('backend')
@Unique('uq_backend_cluster_name', ['clusterName'])
@Unique('uq_backend_index', ['index'])
@Check('ck_backend_index', '"index" BETWEEN 0 AND 15')
@Check('ck_backend_callback_secret_hash', 'length(callback_secret_hash) = 32')
export class BackendEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_backend',
  })
  id!: number;

  @Column('varchar', { name: 'cluster_name', length: 128 })
  clusterName!: string;

  /** `https://host:5080` */
  @Column('varchar', { name: 'rapi_url', length: 255 })
  rapiUrl!: string;

  @Column('varchar', { length: 64, default: '' })
  username!: string;

  @Column('varchar', { length: 255, default: '' })
  password!: string;

  @Column('boolean', { name: 'verifies_tls', default: true })
  verifiesTls!: boolean;

  @Column('text', { name: 'ca_pem', nullable: true })
  caPem!: string | null;

  /** SHA-256 of the secret with which the cluster's master calls back; null: it may not. */
  @Column('bytea', { name: 'callback_secret_hash', nullable: true })
  callbackSecretHash!: Buffer | null;

  /** One hexadecimal digit of the MAC prefixes of this cluster: no two clusters share one. */
  @Column('smallint')
  index!: number;

  @Column('boolean', { name: 'is_drained', default: false })
  isDrained!: boolean;

  @Column('boolean', { name: 'is_offline', default: false })
  isOffline!: boolean;

  @Column('boolean', { name: 'is_public', default: true })
  isPublic!: boolean;

  @Column('varchar', { length: 32, default: 'kvm' })
  hypervisor!: string;

  @Column('jsonb', { name: 'disk_templates', default: [] })
  diskTemplates!: string[];

  @Column('integer', { name: 'memory_free_mib', default: 0 })
  memoryFreeMib!: number;

  @Column('integer', { name: 'memory_total_mib', default: 0 })
  memoryTotalMib!: number;

  @Column({ ...bigintAsNumber, name: 'disk_free_mib', default: 0 })
  diskFreeMib!: number;

  @Column({ ...bigintAsNumber, name: 'disk_total_mib', default: 0 })
  diskTotalMib!: number;

  @Column('integer', { name: 'instance_count', default: 0 })
  instanceCount!: number;

  @Column('integer', { name: 'cpu_total', default: 0 })
  cpuTotal!: number;

  @Column('timestamptz', { name: 'refreshed_at', nullable: true })
  refreshedAt!: Date | null;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;
}
