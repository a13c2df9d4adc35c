export * from './fhir-store.js';
export { appendOnlyTables, shapeOf, storeMigration } from './layout.js';
export * from './stored.js';
