import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A path: account, `account/container` or `account/container/object` (storage spec §3.1). */
@Entity({ name: 'node' })
@Unique('uq_node_path', ['path'])
@Index('ix_node_parent_path', ['parent', 'path'])
export class NodeEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_node',
  })
  id!: string;

  @ForeignKey(() => NodeEntity, 'id', { name: 'fk_node_parent', onDelete: 'CASCADE' })
  @Column({ type: 'bigint', nullable: true })
  parent!: string | null;

  @Column({ type: 'text', collation: 'C' })
  path!: string;

  @Column({ name: 'latest_version', type: 'bigint', nullable: true })
  latestVersion!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
