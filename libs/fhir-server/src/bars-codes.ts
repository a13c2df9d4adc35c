import type { Issue } from '#fhir';
import type { Headers } from './headers.js';

/** Error codes of the Booking and Referral Standard's receivers, by HTTP status. */
const codes: Record<number, string> = {
  400: 'REC_BAD_REQUEST',
  401: 'REC_UNAUTHORIZED',
  403: 'REC_FORBIDDEN',
  404: 'REC_NOT_FOUND',
  405: 'REC_METHOD_NOT_ALLOWED',
  406: 'REC_NOT_ACCEPTABLE',
  408: 'REC_TIMEOUT',
  409: 'REC_CONFLICT',
  410: 'REC_NOT_FOUND',
  412: 'REC_CONFLICT',
  413: 'REC_UNPROCESSABLE_ENTITY',
  422: 'REC_UNPROCESSABLE_ENTITY',
  425: 'REC_TOO_EARLY',
  429: 'REC_TOO_MANY_REQUESTS',
  500: 'REC_SERVER_ERROR',
  501: 'REC_NOT_IMPLEMENTED',
  503: 'REC_UNAVAILABLE',
  504: 'REC_TIMEOUT',
};

/** Issue codes that the standard has beside the code of a status, where FHIR's usual ones are not all of them; the first stands for any other. */
const issueCodes: Record<number, readonly [Issue['code'], ...Issue['code'][]]> = {
  400: ['invalid', 'required', 'value', 'invariant', 'not-supported'],
  401: ['security', 'forbidden'],
  406: ['processing'],
};

/** The system's name has a small s in the standard. */
export const httpErrorCodes = 'https://fhir.nhs.uk/Codesystem/http-error-codes';

/** Addresses that the standard shares with FHIR, by their first segment. */
const sharedAddresses: ReadonlySet<string> = new Set([
  'metadata',
  'MessageDefinition',
  'ServiceRequest',
  'Appointment',
  'Slot',
]);

/** True for a request that the standard sends to a receiver; on the addresses that FHIR has too, its header tells. */
export function isBarsRequest(segments: readonly string[], headers: Headers): boolean {
  const [first = '', ...rest] = segments;
  return headers['nhsd-target-identifier'] !== undefined && rest.length <= 1 && sharedAddresses.has(first);
}

/** Issues with the standard's code for this status, unless they bear one; remarks with details of their own stay. */
export function withBarsCodes(issues: readonly Issue[], status: number): Issue[] {
  const code = codes[status] ?? (status < 500 ? 'REC_BAD_REQUEST' : 'REC_SERVER_ERROR');
  return issues.map((issue) => (bearsCode(issue) || isOwnRemark(issue) ? issue : coded(issue, { code, status })));
}

function coded(issue: Issue, { code, status }: { code: string; status: number }): Issue {
  const coding = [...(issue.details?.coding ?? []), { system: httpErrorCodes, code }];
  const [first, ...others] = issueCodes[status] ?? [issue.code];
  const own = others.includes(issue.code) ? issue.code : first;
  return { ...issue, code: own, details: { ...issue.details, coding } };
}

function bearsCode({ details }: Issue): boolean {
  return (details?.coding ?? []).some(({ system }) => system?.toLowerCase() === httpErrorCodes.toLowerCase());
}

function isOwnRemark({ severity, details }: Issue): boolean {
  return details !== undefined && (severity === 'information' || severity === 'warning');
}
