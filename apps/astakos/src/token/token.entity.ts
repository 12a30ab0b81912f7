import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { UserEntity } from '../user/user.entity.js';

/** `default`: all active projects, charged to the user's default one (what v2.0 issues). The others are Keystone's. */
export type TokenScope = 'default' | 'project' | 'unscoped' | 'domain' | 'system';

@Entity('token')
@Unique('uq_token_hash', ['hash'])
@Index('ix_token_user', ['userId'])
@Index('ix_token_expires', ['expiresAt'])
@Check('ck_token_scope', `scope IN ('default', 'project', 'unscoped', 'domain', 'system')`)
@Check('ck_token_project', `(scope = 'project') = (project_uuid IS NOT NULL)`)
export class TokenEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'pk_token' })
  id!: string;

  /** SHA-256 of the token: a stolen database opens nothing. */
  @Column('bytea')
  hash!: Buffer;

  @Column('integer', { name: 'user_id' })
  @ForeignKey(() => UserEntity, { name: 'fk_token_user', onDelete: 'CASCADE' })
  userId!: number;

  @Column('text')
  scope!: TokenScope;

  @Column('uuid', { name: 'project_uuid', nullable: true })
  projectUuid!: string | null;

  @Column('text', { array: true })
  methods!: string[];

  /** First: this token; second, if any: the first of its chain of rescoping. */
  @Column('text', { name: 'audit_ids', array: true })
  auditIds!: string[];

  @Column('timestamptz', { name: 'issued_at' })
  issuedAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
