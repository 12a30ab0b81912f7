import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { nowColumn, uuidAliasColumn } from '../database/columns.js';

@Entity('subnet')
@Unique('uq_subnet_uuid', ['uuid'])
@Index('uq_subnet_network_id_ip_version', ['networkId', 'ipVersion'], {
  unique: true,
  where: 'NOT is_deleted',
})
export class SubnetEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_subnet',
  })
  id!: number;

  @Column(uuidAliasColumn)
  uuid!: string;

  @ForeignKey('NetworkEntity', { name: 'fk_subnet_network' })
  @Column('integer', { name: 'network_id' })
  networkId!: number;

  @Column('varchar', { name: 'user_uuid', length: 100, nullable: true })
  userUuid!: string | null;

  @Column('varchar', { length: 255, nullable: true })
  name!: string | null;

  @Column('smallint', { name: 'ip_version', default: 4 })
  ipVersion!: number;

  @Column('cidr')
  cidr!: string;

  /** Null: no gateway, the network is isolated. */
  @Column('inet', { nullable: true })
  gateway!: string | null;

  @Column('boolean', { name: 'has_dhcp', default: true })
  hasDhcp!: boolean;

  @Column('jsonb', { name: 'host_routes', default: [] })
  hostRoutes!: { destination: string; nexthop: string }[];

  @Column('jsonb', { name: 'dns_nameservers', default: [] })
  dnsNameservers!: string[];

  @Column('boolean', { name: 'is_deleted', default: false })
  isDeleted!: boolean;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...nowColumn, name: 'updated_at' })
  updatedAt!: Date;
}

/** Addresses of a subnet that may be handed out, first and last included. */
@Entity('allocation_pool')
@Index('ix_allocation_pool_subnet_id', ['subnetId'])
export class AllocationPoolEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_allocation_pool',
  })
  id!: number;

  @ForeignKey('SubnetEntity', { name: 'fk_allocation_pool_subnet' })
  @Column('integer', { name: 'subnet_id' })
  subnetId!: number;

  @Column('inet', { name: 'first_address' })
  firstAddress!: string;

  @Column('inet', { name: 'last_address' })
  lastAddress!: string;
}
