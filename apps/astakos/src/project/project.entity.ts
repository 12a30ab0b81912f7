import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { ResourceEntity } from '../resource/resource.entity.js';
import { UserEntity } from '../user/user.entity.js';

export type ProjectState = 'uninitialized' | 'active' | 'suspended' | 'terminated' | 'deleted';

@Entity('project')
@Unique('uq_project_uuid', ['uuid'])
@Unique('uq_project_name', ['name'])
@Check('ck_project_state', `state IN ('uninitialized', 'active', 'suspended', 'terminated', 'deleted')`)
export class ProjectEntity {
  @PrimaryGeneratedColumn('identity', { primaryKeyConstraintName: 'pk_project' })
  id!: number;

  /** The public id; a system project has its user's. */
  @Column('uuid')
  uuid!: string;

  /** Set only while the name is reserved. */
  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text', { name: 'real_name' })
  realName!: string;

  @Column('integer', { name: 'owner_id', nullable: true })
  @ForeignKey(() => UserEntity, { name: 'fk_project_owner' })
  ownerId!: number | null;

  @Column('boolean', { name: 'is_system' })
  isSystem!: boolean;

  @Column('text')
  state!: ProjectState;

  @Column('text', { default: '' })
  description!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}

export type MembershipState =
  'requested' | 'accepted' | 'leave_requested' | 'suspended' | 'rejected' | 'cancelled' | 'removed';

@Entity('project_membership')
@Unique('uq_project_membership_user_project', ['userId', 'projectId'])
@Index('ix_project_membership_project', ['projectId'])
@Check(
  'ck_project_membership_state',
  `state IN ('requested', 'accepted', 'leave_requested', 'suspended', 'rejected', 'cancelled', 'removed')`,
)
export class ProjectMembershipEntity {
  @PrimaryGeneratedColumn('identity', { primaryKeyConstraintName: 'pk_project_membership' })
  id!: number;

  @Column('integer', { name: 'user_id' })
  @ForeignKey(() => UserEntity, { name: 'fk_project_membership_user', onDelete: 'CASCADE' })
  userId!: number;

  @Column('integer', { name: 'project_id' })
  @ForeignKey(() => ProjectEntity, { name: 'fk_project_membership_project', onDelete: 'CASCADE' })
  projectId!: number;

  @Column('text')
  state!: MembershipState;

  /** Was ever accepted: has holdings. */
  @Column('boolean', { name: 'is_initialized' })
  isInitialized!: boolean;
}

@Entity('project_resource_quota')
@Unique('uq_project_resource_quota_project_resource', ['projectId', 'resourceId'])
export class ProjectResourceQuotaEntity {
  @PrimaryGeneratedColumn('identity', { primaryKeyConstraintName: 'pk_project_resource_quota' })
  id!: number;

  @Column('integer', { name: 'project_id' })
  @ForeignKey(() => ProjectEntity, { name: 'fk_project_resource_quota_project', onDelete: 'CASCADE' })
  projectId!: number;

  @Column('integer', { name: 'resource_id' })
  @ForeignKey(() => ResourceEntity, { name: 'fk_project_resource_quota_resource' })
  resourceId!: number;

  @Column('bigint', { name: 'project_capacity' })
  projectCapacity!: string;

  @Column('bigint', { name: 'member_capacity' })
  memberCapacity!: string;
}
