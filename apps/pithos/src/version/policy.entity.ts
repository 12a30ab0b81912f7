import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { NodeEntity } from '../node/node.entity.js';

/** A container's `quota`, `project`, `read-acl`, `write-acl` where they differ from the default (storage spec §3.6). */
@Entity({ name: 'policy' })
export class PolicyEntity {
  @ForeignKey(() => NodeEntity, 'id', { name: 'fk_policy_node', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'pk_policy' })
  node!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_policy' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}
