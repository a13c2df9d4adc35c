import { type AuditRow, digestEdition } from './audit-row.js';

const types = {
  id: 'uuid',
  recorded: 'timestamptz',
  agent: 'text',
  organisation: 'text',
  role: 'text',
  person: 'text',
  interaction: 'text',
  status: 'smallint',
  target: 'text',
  query: 'text',
  purpose: 'text',
  nhsd: 'text',
  entities: 'text[]',
  patients: 'text[]',
  request_id: 'text',
  correlation_id: 'text',
  wrote: 'boolean',
  edition: 'smallint',
  digest: 'bytea',
} as const;

/** The columns of an entry, as they stand in a list. */
export const auditColumns = Object.keys(types).join(', ');

/** The same, as a record made from JSON has them. */
export const auditRecordColumns = Object.entries(types)
  .map(([column, type]) => `${column} ${type}`)
  .join(', ');

/** The part of a writing statement that enters what it does; `rows` gives entries under the name `a`. */
export function auditPart(rows: string): string {
  return `audited AS (INSERT INTO audit_event (${auditColumns}) SELECT a.* FROM ${rows})`;
}

/** An entry as that JSON. */
export function auditRecord({ requestId, correlationId, digest, ...row }: AuditRow): object {
  return {
    ...row,
    request_id: requestId,
    correlation_id: correlationId,
    edition: digestEdition,
    // What PostgreSQL reads as bytes.
    digest: `\\x${digest.toString('hex')}`,
  };
}
