import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A map that no version refers to: not yet (an upload is about to commit) or no more (overwritten, deleted).
 * The row is written before the map is made and goes in the transaction that adopts it, so a crash leaves no map unknown.
 */
@Entity({ name: 'loose_map' })
export class LooseMapEntity {
  @PrimaryColumn({ name: 'map_name', type: 'text', primaryKeyConstraintName: 'pk_loose_map' })
  mapName!: string;

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  since!: Date;
}
