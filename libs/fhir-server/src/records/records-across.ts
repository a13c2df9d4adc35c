import type { Audience, ServiceName } from '#fhir';
import type { AuditPage, AuditPlace, AuditQuery, Stored } from '#fhir-store';

/** Asks a service of another process; throws where it does not answer. */
export interface RecordsAcross {
  audit: (service: ServiceName, question: AuditQuestion) => Promise<AuditAnswer>;
  provenance: (service: ServiceName, question: ProvenanceQuestion) => Promise<ProvenanceAnswer>;
}

/** What one service is asked for. */
export interface AuditQuestion {
  query: AuditQuery;
  count: number;
  before?: AuditPlace | undefined;
  total: boolean;
}
export type AuditAnswer = AuditPage & { total?: number | undefined };

/** What one service is asked for: its criteria as a query string, which it reads itself. */
export interface ProvenanceQuestion {
  query: string;
  count: number;
  /** Nothing newer than this. */
  until?: Date | undefined;
  reader: Audience;
}
export interface ProvenanceAnswer {
  found: Stored[];
  more: boolean;
}
