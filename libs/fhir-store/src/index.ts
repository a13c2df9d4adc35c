export { AuditChain } from './audit/audit-chain.js';
export { auditColumns } from './audit/audit-columns.js';
export { type AuditRowRead, type ReadRow, rowRead } from './audit/audit-read-row.js';
export { actionOf, type AuditPage, type AuditPlace, type AuditQuery } from './audit/audit-search.js';
export type { Head } from './audit/heads.js';
export { type AuditNote, AuditNotes, NotAudited } from './audit/audit-notes.js';
export { asked as askedOfRequest } from './audit/audit-row.js';
export type { AuditedRequest } from './audit/audited-request.js';
export { patientsIn, resourcesIn } from './audit/references-in.js';
export { type AuditFault, type AuditVerdict, verifyAudit } from './audit/verify-audit.js';
export { type Decision, Decisions, type OpenDecision } from './decisions.js';
export { Cursors } from './cursor.js';
export { plannedCommit } from './commit.js';
export * from './fhir-store.js';
export { appendOnlyTables } from './layout.js';
export { type ReplacedContent, replaceContentStatements } from './replaced-content.js';
export { shapeOf } from './shape.js';
export { type IndexProgress, type LoadedState, SearchIndexing } from './search-indexing.js';
export { type OpenReservation, type Reservation, Reservations, withIds } from './reservations.js';
export { type Job, Jobs } from './jobs.js';
export type { Once, OnceAnswer } from './once.js';
export {
  type DoneRequest,
  type OnceRecord,
  onceRecordOf,
  RequestDone,
  RequestKeys,
  RequestUnderWay,
} from './request-keys.js';
export { NotToBeHad } from './reserved-rows.js';
export type { HistoryPage, HistoryPlace } from './history-statement.js';
export { storeMigrations } from './store-migrations.js';
export type { IncludedPage, SearchPage } from './store-search.js';
export * from './stored.js';
export { personsIn, personsOfWrites } from './persons.js';
export type { Withholding } from './withholdings.js';
export type { Maker } from './versions.js';
