import type { ServiceName } from '#fhir';
import type { AuditAnswer, AuditQuestion } from '../audit/audit-events.js';
import type { ProvenanceAnswer, ProvenanceQuestion } from './provenances.js';

/** Asks a service of another process; throws where it does not answer. */
export interface RecordsAcross {
  audit: (service: ServiceName, question: AuditQuestion) => Promise<AuditAnswer>;
  provenance: (service: ServiceName, question: ProvenanceQuestion) => Promise<ProvenanceAnswer>;
}
