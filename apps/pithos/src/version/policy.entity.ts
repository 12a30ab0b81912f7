import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A container's `quota`, `project`, `read-acl`, `write-acl` where they differ from the default (storage spec §3.6). */
@Entity({ name: 'policy' })
export class PolicyEntity {
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'pk_policy' })
  node!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_policy' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}
