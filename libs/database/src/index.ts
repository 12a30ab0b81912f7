export { connect } from './connect.js';
export { createDataSource, type DataSourceParams } from './data-source.js';
export { assertNoDrift } from './drift.js';
export { ensureDatabase } from './ensure-database.js';
export { migrate } from './migrate.js';
export { isUniqueViolation, transaction, type TransactionOptions } from './transaction.js';
export { type EntityManager, DataSource } from 'typeorm';
