export * from './fhir-store.js';
export { appendOnlyTables, shapeOf } from './layout.js';
export { storeMigrations } from './store-migrations.js';
export * from './stored.js';
