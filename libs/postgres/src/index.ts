export * from './database.js';
export { DatabaseUnavailable, isConnectionLost, sqlState, violatedConstraint } from './database-error.js';
export * from './migrate.js';
