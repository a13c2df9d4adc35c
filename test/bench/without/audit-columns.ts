import type { AuditRow } from '../../../libs/fhir-store/src/audit/audit-row.js';

export * from '../../../libs/fhir-store/src/audit/audit-columns.js';

/** Nobody reads from it, so it is not executed. */
export function auditPart(rows: string): string {
  return `audited AS (SELECT 1 FROM ${rows})`;
}

/** What the outbox takes of it. */
export function auditRecord({ agent, correlationId }: Pick<AuditRow, 'agent' | 'correlationId'>): object {
  return { agent, correlation_id: correlationId };
}
