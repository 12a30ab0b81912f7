import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

@Entity('resource')
@Unique('uq_resource_name', ['name'])
export class ResourceEntity {
  @PrimaryGeneratedColumn('identity', { primaryKeyConstraintName: 'pk_resource' })
  id!: number;

  /** `<component>.<thing>` */
  @Column('text')
  name!: string;

  @Column('text')
  description!: string;

  /** `bytes`, or null for counts. */
  @Column('text', { nullable: true })
  unit!: string | null;

  @Column('text', { name: 'service_type' })
  serviceType!: string;

  /** The name of the service that registered it. */
  @Column('text', { name: 'service_origin' })
  serviceOrigin!: string;

  /** Capacity of future system projects. */
  @Column('bigint', { name: 'system_default' })
  systemDefault!: string;

  /** Capacity of future ordinary projects. */
  @Column('bigint', { name: 'project_default' })
  projectDefault!: string;

  @Column('boolean', { name: 'is_api_visible' })
  isApiVisible!: boolean;

  @Column('boolean', { name: 'is_ui_visible' })
  isUiVisible!: boolean;
}
