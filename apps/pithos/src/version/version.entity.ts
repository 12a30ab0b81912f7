import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';

import { NodeEntity } from '../node/node.entity.js';

/** Clusters of versions (storage spec §3.2). */
export const CLUSTER = { normal: 0, history: 1, deleted: 2 } as const;

/** State of a node over time. `hash` is the Merkle hash, null while unknown; `checksum` the MD5, '' while unknown. */
@Entity({ name: 'version' })
@Index('ix_version_node_mtime', ['node', 'mtime'])
@Index('ix_version_delete_at', ['deleteAt'], { where: 'delete_at IS NOT NULL' })
export class VersionEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_version',
  })
  serial!: string;

  @ForeignKey(() => NodeEntity, 'id', { name: 'fk_version_node', onDelete: 'CASCADE' })
  @Column({ type: 'bigint' })
  node!: string;

  @Column({ type: 'text', nullable: true })
  hash!: string | null;

  @Column({ type: 'bigint', default: 0 })
  size!: string;

  @Column({ type: 'text', default: '' })
  type!: string;

  @Column({ type: 'bigint', nullable: true })
  source!: string | null;

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  mtime!: Date;

  @Column({ type: 'text' })
  muser!: string;

  @Index('ix_version_uuid')
  @Column({ type: 'uuid' })
  uuid!: string;

  @Column({ type: 'text', default: '' })
  checksum!: string;

  @Column({ type: 'smallint', default: 0 })
  cluster!: number;

  @Column({ type: 'smallint', default: 1 })
  available!: number;

  @Column({ name: 'map_check_at', type: 'timestamptz', nullable: true })
  mapCheckAt!: Date | null;

  @Index('ix_version_map_name')
  @Column({ name: 'map_name', type: 'text', nullable: true })
  mapName!: string | null;

  @Column({ name: 'is_snapshot', type: 'boolean', default: false })
  isSnapshot!: boolean;

  @Column({ name: 'delete_at', type: 'timestamptz', nullable: true })
  deleteAt!: Date | null;
}
