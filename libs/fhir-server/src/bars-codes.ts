import type { Issue } from '#fhir';

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

/** The system's name has a small s in the standard. */
export const httpErrorCodes = 'https://fhir.nhs.uk/Codesystem/http-error-codes';

/** Issues with the standard's code for this status, where they bear none of their own. */
export function withBarsCodes(issues: readonly Issue[], status: number): Issue[] {
  const code = codes[status] ?? (status < 500 ? 'REC_BAD_REQUEST' : 'REC_SERVER_ERROR');
  return issues.map((issue) =>
    issue.details ? issue : { ...issue, details: { coding: [{ system: httpErrorCodes, code }] } },
  );
}
