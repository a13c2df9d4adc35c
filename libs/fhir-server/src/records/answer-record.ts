import { FhirError } from '#fhir';
import { readAudit, searchAudit } from '../audit/audit-events.js';
import { preferOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Route } from '../route.js';
import type { Serving } from '../serving.js';
import { readProvenance, searchProvenance } from './provenances.js';
import type { RecordRoute } from './record-route.js';

/** Reads and searches what every service stores for itself, as one server. */
export function answerRecord(route: RecordRoute, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const isAudit = route.type === 'AuditEvent';
  if (route.interaction === 'search-records')
    return isAudit ? searchAudit(request, serving) : searchProvenance(request, serving);
  if (request.query.size > 0 && !preferOf(request.headers).lenient)
    throw FhirError.of('not-supported', 'This address takes no parameters but _format, _summary and _elements.');
  return isAudit ? readAudit(route.id, request, serving) : readProvenance(route.id, request, serving);
}

export function isOfRecords(route: Route): route is RecordRoute {
  return route.interaction === 'search-records' || route.interaction === 'read-record';
}
