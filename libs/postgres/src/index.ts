export * from './database.js';
export { DatabaseUnavailable, sqlState, violatedConstraint } from './database-error.js';
export * from './migrate.js';
