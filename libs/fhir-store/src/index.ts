export { type Decision, Decisions, type OpenDecision } from './decisions.js';
export * from './fhir-store.js';
export { appendOnlyTables, shapeOf } from './layout.js';
export { type OpenReservation, type Reservation, Reservations, withIds } from './reservations.js';
export { storeMigrations } from './store-migrations.js';
export * from './stored.js';
