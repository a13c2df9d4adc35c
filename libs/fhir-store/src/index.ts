export { type Decision, Decisions, type OpenDecision } from './decisions.js';
export { plannedCommit } from './commit.js';
export * from './fhir-store.js';
export { appendOnlyTables, shapeOf } from './layout.js';
export { type OpenReservation, type Reservation, Reservations, withIds } from './reservations.js';
export { NotToBeHad } from './reserved-rows.js';
export { storeMigrations } from './store-migrations.js';
export type { IncludedPage, SearchPage } from './store-search.js';
export * from './stored.js';
