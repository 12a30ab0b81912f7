import { Column, Entity, ForeignKey, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** Values that networks draw from: MAC prefixes and bridges, numbered from 0 above `base`. */
@Entity('address_pool')
@Unique('uq_address_pool_kind', ['kind'])
export class AddressPoolEntity {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_address_pool',
  })
  id!: number;

  @Column('varchar', { length: 16 })
  kind!: 'mac-prefix' | 'bridge';

  @Column('varchar', { length: 32 })
  base!: string;

  @Column('integer')
  size!: number;
}

/** A value that is taken by a network, or reserved. The lowest number without a row is the next one. */
@Entity('address_pool_value')
export class AddressPoolValueEntity {
  @ForeignKey('AddressPoolEntity', { name: 'fk_address_pool_value_pool' })
  @PrimaryColumn('integer', { name: 'pool_id', primaryKeyConstraintName: 'pk_address_pool_value' })
  poolId!: number;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'pk_address_pool_value' })
  index!: number;

  @Column('varchar', { length: 32 })
  value!: string;

  @ForeignKey('NetworkEntity', { name: 'fk_address_pool_value_network' })
  @Column('integer', { name: 'network_id', nullable: true })
  networkId!: number | null;

  @Column('boolean', { name: 'is_reserved', default: false })
  isReserved!: boolean;
}
