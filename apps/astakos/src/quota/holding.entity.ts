import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** How much of a resource a holder has, from one source. `usageMin ≤ usageMax`; only commission/ changes them. */
@Entity('holding')
@Index('uq_holding_key', { synchronize: false })
@Index('ix_holding_source', ['source'])
@Check('ck_holding_usage', '0 <= usage_min AND usage_min <= usage_max')
export class HoldingEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'pk_holding' })
  id!: string;

  /** `user:<uuid>` or `project:<uuid>` */
  @Column('text')
  holder!: string;

  /** `project:<uuid>` for a user's, null for a project's holding. */
  @Column('text', { nullable: true })
  source!: string | null;

  @Column('text')
  resource!: string;

  @Column('bigint', { name: 'quota_limit' })
  limit!: string;

  /** Usage if every pending decrease happens and no pending increase does. */
  @Column('bigint', { name: 'usage_min', default: 0 })
  usageMin!: string;

  /** Usage if every pending increase happens and no pending decrease does; limits are compared with it. */
  @Column('bigint', { name: 'usage_max', default: 0 })
  usageMax!: string;
}
