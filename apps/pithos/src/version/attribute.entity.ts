import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import { VersionEntity } from './version.entity.js';

/** One item of metadata of a version, in a domain: `pithos` for the storage APIs, `plankton` for images. */
@Entity({ name: 'attribute' })
@Index('ix_attribute_domain_key', ['domain', 'key'])
export class AttributeEntity {
  @ForeignKey(() => VersionEntity, 'serial', { name: 'fk_attribute_serial', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'pk_attribute' })
  serial!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_attribute' })
  domain!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_attribute' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}
