import { Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** A pending change of usage; accepted or rejected, its rows are gone. */
@Entity('commission')
@Index('ix_commission_client', ['clientKey', 'serial'])
export class CommissionEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'pk_commission' })
  serial!: string;

  /** The component's name; a component sees its own commissions only. */
  @Column('text', { name: 'client_key' })
  clientKey!: string;

  @Column('text')
  name!: string;

  @Column('timestamptz', { name: 'issued_at', default: () => 'now()' })
  issuedAt!: Date;
}

@Entity('provision')
@Index('ix_provision_serial', ['serial'])
export class ProvisionEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'pk_provision' })
  id!: string;

  @Column('bigint')
  @ForeignKey(() => CommissionEntity, { name: 'fk_provision_commission', onDelete: 'CASCADE' })
  serial!: string;

  @Column('text')
  holder!: string;

  @Column('text', { nullable: true })
  source!: string | null;

  @Column('text')
  resource!: string;

  @Column('bigint')
  quantity!: string;
}

/** What became of a provision, and the holding after it. */
@Entity('provision_log')
@Index('ix_provision_log_serial', ['serial'])
export class ProvisionLogEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'pk_provision_log' })
  id!: string;

  @Column('bigint')
  serial!: string;

  @Column('text', { name: 'client_key' })
  clientKey!: string;

  @Column('text')
  name!: string;

  @Column('text')
  holder!: string;

  @Column('text', { nullable: true })
  source!: string | null;

  @Column('text')
  resource!: string;

  @Column('bigint', { name: 'quota_limit' })
  limit!: string;

  @Column('bigint', { name: 'usage_min' })
  usageMin!: string;

  @Column('bigint', { name: 'usage_max' })
  usageMax!: string;

  @Column('bigint', { name: 'delta_quantity' })
  deltaQuantity!: string;

  @Column('timestamptz', { name: 'issued_at' })
  issuedAt!: Date;

  @Column('timestamptz', { name: 'logged_at', default: () => 'now()' })
  loggedAt!: Date;

  /** `ACCEPT` or `REJECT`. */
  @Column('text')
  reason!: string;
}

/** Remembers for a day which serial an idempotency key got, also when the commission is long settled. */
@Entity('commission_key')
@Index('ix_commission_key_created', ['createdAt'])
export class CommissionKeyEntity {
  @PrimaryColumn('text', { name: 'client_key', primaryKeyConstraintName: 'pk_commission_key' })
  clientKey!: string;

  @PrimaryColumn('text', { name: 'idempotency_key', primaryKeyConstraintName: 'pk_commission_key' })
  idempotencyKey!: string;

  @Column('bytea', { name: 'request_hash' })
  requestHash!: Buffer;

  @Column('bigint')
  serial!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
