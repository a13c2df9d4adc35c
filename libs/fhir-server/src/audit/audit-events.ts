import { type ServiceName, stringifyJson } from '#fhir';
import type { AuditPlace, AuditQuery, AuditRowRead, FhirStore } from '#fhir-store';
import type { FhirRequest, FhirResponse } from '../operation.js';
import { newestOf, type Shown, type TellingOf } from '../records/newest.js';
import { isUuid, recordPlace } from '../records/record-id.js';
import { absentRecord, recordPage, servicesReached, storeOf } from '../records/record-page.js';
import type { AuditAnswer, AuditQuestion } from '../records/records-across.js';
import type { Serving } from '../serving.js';
import { auditEventOf } from './audit-event.js';
import { auditQueryOf, idsIn } from './audit-query.js';

/** One page of what was done, newest first, over all services. https://hl7.org/fhir/R4/auditevent.html */
export async function searchAudit(request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const { query, sought } = auditQueryOf(request, serving);
  const { count } = query;
  const { after, bundle } = recordPage('AuditEvent', query, { request, serving });
  const isCounted = query.total === 'accurate' || count === 0;
  const tellings = await Promise.all(
    servicesReached(serving).map((service) =>
      tellingOf(service, { query: { ...sought, ...ownOf(request) }, count, after, isCounted }, serving),
    ),
  );
  const { page, more } = newestOf(tellings, { count, after });
  const entries = page.map(({ item, service }) => {
    const resource = auditEventOf(item, service);
    return stringifyJson({
      fullUrl: `${serving.baseUrl}/AuditEvent/${resource.id ?? ''}`,
      resource,
      search: { mode: 'match' },
    });
  });
  const total = tellings.reduce((sum, telling) => sum + telling.total, 0);
  return bundle({ entries, last: more ? page.at(-1) : undefined, ...(isCounted ? { total } : {}) });
}

/** One entry, by its service and its id there. */
export async function readAudit(id: string, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const place = recordPlace(id);
  if (!place || !isUuid(place.id)) throw absentRecord('AuditEvent');
  const query = { ...ownOf(request), ids: [place.id] };
  const { rows } = await ask(place.service, { query, count: 1, total: false }, serving);
  const [row] = rows;
  if (!row) throw absentRecord('AuditEvent');
  return { status: 200, resource: auditEventOf(row, place.service), headers: { etag: 'W/"1"' } };
}

/** A service's own answer. */
export async function answerAudit(
  { audit: { entries } }: FhirStore,
  { query, count, before, total }: AuditQuestion,
): Promise<AuditAnswer> {
  const page = await entries.page(query, { count, before });
  return total ? { ...page, total: await entries.count(query) } : page;
}

/** Whoever runs the installation sees all of it; anybody else, where the policy lets him at all, what his own clients did. */
function ownOf({ caller: { role, organisation, audience } }: FhirRequest): Pick<AuditQuery, 'organisation'> {
  return role === 'operator' || audience.includes('*') ? {} : { organisation: organisation ?? '' };
}

interface Asked {
  query: AuditQuery;
  count: number;
  after: Shown | undefined;
  isCounted: boolean;
}

async function tellingOf(
  service: ServiceName,
  { query, count, after, isCounted }: Asked,
  serving: Serving,
): Promise<TellingOf<AuditRowRead> & { total: number }> {
  const ids = idsIn(service, query)?.filter(isUuid);
  if (ids?.length === 0) return { told: [], more: false, total: 0 };
  const question = {
    query: { ...query, ...(ids ? { ids } : {}) },
    count,
    before: placeFor(service, after),
    total: isCounted,
  };
  const { rows, more, total = 0 } = await ask(service, question, serving);
  return { told: rows.map((item) => ({ service, id: item.id, time: item.recorded, item })), more, total };
}

/** One that does not answer fails the whole: an audit has no silent gaps. */
async function ask(service: ServiceName, question: AuditQuestion, serving: Serving): Promise<AuditAnswer> {
  const store = storeOf(service, serving);
  if (store) return answerAudit(store, question);
  if (!serving.recordsAcross) throw absentRecord('AuditEvent');
  return serving.recordsAcross.audit(service, question);
}

function placeFor(service: string, shown: Shown | undefined): AuditPlace | undefined {
  if (!shown) return undefined;
  const { time: recorded, id } = shown;
  if (service === shown.service) return { recorded, id, ofSameTime: true };
  return { recorded, ofSameTime: service > shown.service };
}
