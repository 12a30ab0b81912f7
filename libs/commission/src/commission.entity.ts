import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** `pending`: kept until the object's final job; `accept`, `reject`: decided with the rows of the same transaction, to be told to Astakos. */
export type Decision = 'pending' | 'accept' | 'reject';

/** SQL for an app's first migration. The row is what decides: whoever inserts a serial first, the operation or the reconciler, wins. */
export const COMMISSION_TABLE_SQL = `
  CREATE TABLE commission (
    serial bigint NOT NULL CONSTRAINT pk_commission PRIMARY KEY,
    decision text NOT NULL CONSTRAINT ck_commission_decision CHECK (decision IN ('pending', 'accept', 'reject')),
    object text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz
  );
  CREATE INDEX ix_commission_untold ON commission (serial) WHERE told_at IS NULL;
`;

@Entity('commission')
@Check('ck_commission_decision', `decision IN ('pending', 'accept', 'reject')`)
@Index('ix_commission_untold', ['serial'], { where: 'told_at IS NULL' })
export class CommissionEntity {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'pk_commission' })
  serial!: string;

  @Column('text')
  decision!: Decision;

  /** What it is about, for people: `server 12`. */
  @Column('text')
  object!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** When Astakos was told of the decision. */
  @Column('timestamptz', { name: 'told_at', nullable: true })
  toldAt!: Date | null;
}
