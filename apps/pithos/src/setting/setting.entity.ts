import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What is decided once per installation and must never change, such as the prefix of map names. */
@Entity({ name: 'setting' })
export class SettingEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_setting' })
  name!: string;

  @Column({ type: 'text' })
  value!: string;
}
