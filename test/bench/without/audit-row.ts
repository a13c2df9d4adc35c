import { type AuditRow, sealedRow } from '../../../libs/fhir-store/src/audit/audit-row.js';
import type { Act } from '#fhir-store';

export * from '../../../libs/fhir-store/src/audit/audit-row.js';

const blank = sealedRow({
  recorded: new Date(0),
  agent: '',
  organisation: null,
  role: null,
  person: null,
  interaction: '',
  status: null,
  target: null,
  query: null,
  purpose: null,
  entities: [],
  patients: [],
  requestId: null,
  correlationId: '',
  wrote: true,
});

/** What the outbox takes of it, and no digest. */
export function auditRowOf({ agent, correlationId }: Act, _versions: unknown, recorded: Date): AuditRow {
  return { ...blank, agent, correlationId, recorded };
}
