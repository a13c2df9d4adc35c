import { auditColumns } from './audit-columns.js';
import type { AuditRow } from './audit-row.js';

/** An entry as it stands in the table, with the edition of its digest. */
export interface AuditRowRead extends AuditRow {
  edition: number;
}

export const readColumns = auditColumns;

export interface ReadRow extends Omit<AuditRowRead, 'requestId' | 'correlationId'> {
  request_id: string | null;
  correlation_id: string;
}

export function rowRead({ request_id: requestId, correlation_id: correlationId, ...row }: ReadRow): AuditRowRead {
  return { ...row, requestId, correlationId };
}
