import { Check, Entity, Index, PrimaryColumn } from 'typeorm';

/** Who may read (access 0) or write (access 1) a path; `holder` is a user's uuid or `*` (storage spec §4.5). */
@Entity({ name: 'permission' })
@Check('ck_permission_access', 'access IN (0, 1)')
export class PermissionEntity {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'pk_permission' })
  path!: string;

  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'pk_permission' })
  access!: number;

  @Index('ix_permission_holder')
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_permission' })
  holder!: string;
}
