export { toldWrongly } from './attachments/judge-attachment.js';
export { type ServedMessages } from './definitions/served-messages.js';
export { type ServiceFace } from './faces.js';
export { fastifyOptions } from './fastify-options.js';
export { FhirServer, type FhirServerOptions } from './fhir-server.js';
export { type Headers, type Prefer, preferOf } from './headers.js';
export { formatFor, mediaTypes } from './formats/negotiation.js';
export { parseXml } from './formats/xml-reader.js';
export { toXml } from './formats/xml-writer.js';
export type { InnerRequest } from './inner-request.js';
export { type Limits, usualLimits } from './limits.js';
export { networkOf, Quotas } from './traffic/quotas.js';
export * from './operation.js';
export { OperationParameters, operationParametersOf } from './operation-parameters.js';
export * from './resource-writes.js';
export { type FhirPackage, readPackages } from '#fhir-validation';
export {
  type Checkpoint,
  type Criteria,
  type OnBehalf,
  Participant,
  plannedPart,
  type PlannedPart,
  type ReservedPart,
} from './transaction/participant.js';
export { auditEventOf } from './audit/audit-event.js';
export { answerAudit } from './audit/audit-events.js';
export { answerProvenance } from './records/provenances.js';
export type {
  AuditAnswer,
  AuditQuestion,
  ProvenanceAnswer,
  ProvenanceQuestion,
  RecordsAcross,
} from './records/records-across.js';
export type { TransactionOptions } from './transaction/transactions-of.js';
export type { AskedCriterion, SearchAcross } from './search/search-across.js';
export { type AskStoredCodes, codesAtMost, type CodesQuestion, ownCodes } from './search/stored-codes.js';
