import { Column, Entity, ForeignKey, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { nowColumn } from '../database/columns.js';

/** A line of a server's installation, as the cluster told it. A second copy of a message has the same source and time. */
@Entity('server_diagnostic')
@Unique('uq_server_diagnostic_server_id_source_date_source', ['serverId', 'sourceDate', 'source'])
export class ServerDiagnosticEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    type: 'bigint',
    primaryKeyConstraintName: 'pk_server_diagnostic',
  })
  id!: string;

  @ForeignKey('ServerEntity', { name: 'fk_server_diagnostic_server', onDelete: 'CASCADE' })
  @Column('integer', { name: 'server_id' })
  serverId!: number;

  @Column('varchar', { length: 16 })
  level!: string;

  @Column('varchar', { length: 100 })
  source!: string;

  /** The clock of the one who told it. */
  @Column('timestamptz', { name: 'source_date' })
  sourceDate!: Date;

  @Column('varchar', { length: 255 })
  message!: string;

  @Column('text', { nullable: true })
  details!: string | null;

  @Column({ ...nowColumn, name: 'created_at' })
  createdAt!: Date;
}
