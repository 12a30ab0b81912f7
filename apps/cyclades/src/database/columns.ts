import type { ColumnOptions, ValueTransformer } from 'typeorm';

const toNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

/** A bigint column whose values stay below 2^53: job ids, commission serials, sizes in bytes. */
export const bigintAsNumber: ColumnOptions = { type: 'bigint', transformer: toNumber };

/** When the row was written; set by the database. */
export const nowColumn: ColumnOptions = { type: 'timestamptz', default: () => 'now()' };

/** The UUID by which the OpenStack face knows a row that the Synnefo face knows by a number. */
export const uuidAliasColumn: ColumnOptions = { type: 'uuid', default: () => 'new_uuid()' };
