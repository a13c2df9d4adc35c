// The error tables of the Booking and Referral Standard, sources SEND, PROXY and REC.
// https://digital.nhs.uk/developer/api-catalogue/booking-and-referral-fhir
import type { IssueCode } from '#fhir';

/** One row: HTTP status, the standard's code and FHIR's issue code. */
export interface ErrorRow {
  status: number;
  code: string;
  issue: IssueCode;
}

const rows = (status: number, code: string, ...issues: readonly IssueCode[]): ErrorRow[] =>
  issues.map((issue) => ({ status, code, issue }));

/** Of a status and of a code, the first row is what it means by itself. */
export const errorRows: readonly ErrorRow[] = [
  ...rows(400, 'REC_BAD_REQUEST', 'invalid', 'required', 'value', 'invariant', 'not-supported'),
  ...rows(400, 'SEND_BAD_REQUEST', 'required', 'invalid', 'value'),
  ...rows(400, 'BAD_REQUEST', 'invalid', 'structure', 'required'),
  ...rows(400, 'PROXY_BAD_REQUEST', 'invalid', 'structure', 'required'),
  ...rows(401, 'REC_UNAUTHORIZED', 'security', 'forbidden'),
  ...rows(401, 'SEND_UNAUTHORIZED', 'login', 'expired', 'security', 'unknown'),
  ...rows(403, 'REC_FORBIDDEN', 'forbidden', 'security'),
  ...rows(403, 'SEND_FORBIDDEN', 'forbidden'),
  ...rows(404, 'REC_NOT_FOUND', 'not-found'),
  ...rows(404, 'NOT_FOUND', 'not-found', 'multiple-matches'),
  ...rows(404, 'PROXY_NOT_FOUND', 'not-found', 'multiple-matches'),
  ...rows(405, 'REC_METHOD_NOT_ALLOWED', 'not-supported'),
  ...rows(405, 'SEND_METHOD_NOT_ALLOWED', 'not-supported'),
  ...rows(405, 'PROXY_METHOD_NOT_ALLOWED', 'not-supported'),
  ...rows(406, 'REC_NOT_ACCEPTABLE', 'processing'),
  ...rows(406, 'SEND_NOT_ACCEPTABLE', 'processing'),
  ...rows(408, 'REC_TIMEOUT', 'timeout'),
  ...rows(409, 'REC_CONFLICT', 'conflict', 'duplicate'),
  ...rows(422, 'REC_UNPROCESSABLE_ENTITY', 'not-supported', 'too-costly'),
  ...rows(425, 'REC_TOO_EARLY', 'duplicate'),
  ...rows(429, 'REC_TOO_MANY_REQUESTS', 'throttled'),
  ...rows(429, 'SEND_TOO_MANY_REQUESTS', 'throttled'),
  ...rows(500, 'REC_SERVER_ERROR', 'exception', 'transient', 'no-store', 'too-costly'),
  ...rows(500, 'SERVER_ERROR', 'exception', 'transient'),
  ...rows(501, 'REC_NOT_IMPLEMENTED', 'not-supported'),
  ...rows(501, 'SEND_NOT_IMPLEMENTED', 'not-supported'),
  ...rows(503, 'REC_UNAVAILABLE', 'transient'),
  ...rows(503, 'REC_SERVICE_UNAVAILABLE', 'transient'),
  ...rows(503, 'SERVICE_UNAVAILABLE', 'transient'),
];

/** `REC_CONFLICT-duplicate` */
export function nameOf({ code, issue }: ErrorRow): string {
  return `${code}-${issue}`;
}

/** The row of a name, of a code or of a status. */
export function errorNamed(name: string): ErrorRow | undefined {
  return (
    errorRows.find((row) => nameOf(row) === name) ??
    errorRows.find(({ code }) => code === name) ??
    errorRows.find(({ status }) => String(status) === name)
  );
}

/** Values of NHSD-Target-Identifier that stand for an error begin so, as in the standard's own sandbox. */
export const failingTarget = 'NHS0001-';
