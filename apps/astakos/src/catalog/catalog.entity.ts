import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

@Entity('component')
@Unique('uq_component_name', ['name'])
@Unique('uq_component_token', ['tokenHash'])
export class ComponentEntity {
  @PrimaryGeneratedColumn('identity', { primaryKeyConstraintName: 'pk_component' })
  id!: number;

  @Column('text')
  name!: string;

  @Column('text', { name: 'base_url' })
  baseUrl!: string;

  @Column('text', { name: 'ui_url', nullable: true })
  uiUrl!: string | null;

  /** SHA-256 */
  @Column('bytea', { name: 'token_hash' })
  tokenHash!: Buffer;

  @Column('timestamptz', { name: 'token_created_at', default: () => 'now()' })
  tokenCreatedAt!: Date;

  /** Null: never. */
  @Column('timestamptz', { name: 'token_expires_at', nullable: true })
  tokenExpiresAt!: Date | null;
}

@Entity('service')
@Unique('uq_service_name', ['name'])
export class ServiceEntity {
  @PrimaryGeneratedColumn('identity', { primaryKeyConstraintName: 'pk_service' })
  id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  type!: string;

  @Column('integer', { name: 'component_id' })
  @ForeignKey(() => ComponentEntity, { name: 'fk_service_component', onDelete: 'CASCADE' })
  componentId!: number;
}

@Entity('endpoint')
@Index('ix_endpoint_service', ['serviceId'])
@Check('ck_endpoint_face', `face IN ('v2', 'v3')`)
export class EndpointEntity {
  @PrimaryGeneratedColumn('identity', { primaryKeyConstraintName: 'pk_endpoint' })
  id!: number;

  @Column('integer', { name: 'service_id' })
  @ForeignKey(() => ServiceEntity, { name: 'fk_endpoint_service', onDelete: 'CASCADE' })
  serviceId!: number;

  /** Which catalogue shows it. */
  @Column('text')
  face!: 'v2' | 'v3';

  /** Flat; all values are text, as on the wire. */
  @Column('jsonb')
  data!: Record<string, string>;
}
