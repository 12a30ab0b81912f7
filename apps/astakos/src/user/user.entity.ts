import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

@Entity('astakos_user')
@Unique('uq_astakos_user_uuid', ['uuid'])
@Unique('uq_astakos_user_username', ['username'])
export class UserEntity {
  @PrimaryGeneratedColumn('identity', { primaryKeyConstraintName: 'pk_astakos_user' })
  id!: number;

  /** The public id; never reused. */
  @Column('uuid')
  uuid!: string;

  /** The lower-cased e-mail: login name and display name. */
  @Column('text')
  username!: string;

  /** As it was typed. */
  @Column('text')
  email!: string;

  @Column('text', { name: 'first_name' })
  firstName!: string;

  @Column('text', { name: 'last_name' })
  lastName!: string;

  /** Argon2id in PHC form; null: no local login. */
  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash!: string | null;

  @Column('boolean', { name: 'is_active' })
  isActive!: boolean;

  /** An operator of the installation. */
  @Column('boolean', { name: 'is_admin' })
  isAdmin!: boolean;

  /** Charged when neither request nor token names a project. */
  @Column('uuid', { name: 'default_project_uuid' })
  defaultProjectUuid!: string;

  @Column('timestamptz', { name: 'joined_at', default: () => 'now()' })
  joinedAt!: Date;

  @Column('timestamptz', { name: 'last_login_at', nullable: true })
  lastLoginAt!: Date | null;
}
