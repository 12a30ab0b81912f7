import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { bigintAsNumber, nowColumn, uuidAliasColumn } from '../database/columns.js';

/** DOWN: at no server. BUILD: the job that makes its NIC runs. */
export type PortState = 'DOWN' | 'BUILD' | 'ACTIVE' | 'ERROR';

@Entity('port')
@Unique('uq_port_uuid', ['uuid'])
@Unique('uq_port_mac', ['mac'])
@Index('ix_port_server_id', ['serverId'])
@Index('ix_port_network_id', ['networkId'])
export class PortEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_port',
  })
  id!: number;

  @Column(uuidAliasColumn)
  uuid!: string;

  @Column('varchar', { length: 255, default: '' })
  name!: string;

  @Column('varchar', { name: 'user_uuid', length: 100 })
  userUuid!: string;

  @Column('varchar', { length: 255 })
  project!: string;

  @ForeignKey('NetworkEntity', { name: 'fk_port_network' })
  @Column('integer', { name: 'network_id' })
  networkId!: number;

  @ForeignKey('ServerEntity', { name: 'fk_port_server' })
  @Column('integer', { name: 'server_id', nullable: true })
  serverId!: number | null;

  /** Position among the NICs of the instance. */
  @Column('integer', { nullable: true })
  index!: number | null;

  /** Given by Ganeti; null until it reports the NIC. */
  @Column('varchar', { length: 32, nullable: true })
  mac!: string | null;

  @Column('varchar', { name: 'firewall_profile', length: 16, nullable: true })
  firewallProfile!: 'ENABLED' | 'DISABLED' | 'PROTECTED' | null;

  @Column('varchar', { length: 16, default: 'DOWN' })
  state!: PortState;

  @Column('boolean', { name: 'is_public', default: false })
  isPublic!: boolean;

  @Column('varchar', { name: 'device_owner', length: 64, default: 'vm' })
  deviceOwner!: string;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...nowColumn, name: 'updated_at' })
  updatedAt!: Date;
}

/** An address that is taken. A floating one outlives its port, any other goes with it. */
@Entity('ip_address')
@Unique('uq_ip_address_uuid', ['uuid'])
@Index('uq_ip_address_network_id_address', ['networkId', 'address'], {
  unique: true,
  where: 'NOT is_deleted',
})
@Index('ix_ip_address_port_id', ['portId'])
export class IpAddressEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_ip_address',
  })
  id!: number;

  @Column(uuidAliasColumn)
  uuid!: string;

  @ForeignKey('NetworkEntity', { name: 'fk_ip_address_network' })
  @Column('integer', { name: 'network_id' })
  networkId!: number;

  @ForeignKey('SubnetEntity', { name: 'fk_ip_address_subnet' })
  @Column('integer', { name: 'subnet_id' })
  subnetId!: number;

  @ForeignKey('PortEntity', { name: 'fk_ip_address_port', onDelete: 'SET NULL' })
  @Column('integer', { name: 'port_id', nullable: true })
  portId!: number | null;

  @Column('varchar', { name: 'user_uuid', length: 100 })
  userUuid!: string;

  /** Whom a floating address is charged to; null for any other. */
  @Column('varchar', { length: 255, nullable: true })
  project!: string | null;

  @Column('boolean', { name: 'shared_to_project', default: false })
  sharedToProject!: boolean;

  @Column('inet')
  address!: string;

  @Column('smallint', { name: 'ip_version', default: 4 })
  ipVersion!: number;

  @Column('boolean', { name: 'is_floating', default: false })
  isFloating!: boolean;

  @Column({ ...bigintAsNumber, name: 'commission_serial', nullable: true })
  commissionSerial!: number | null;

  @Column('boolean', { name: 'is_deleted', default: false })
  isDeleted!: boolean;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...nowColumn, name: 'updated_at' })
  updatedAt!: Date;
}
