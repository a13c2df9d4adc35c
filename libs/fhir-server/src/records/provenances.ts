import type { Provenance } from 'fhir/r4';
import { FhirError, parseJson, type ServiceName, stringifyJson } from '#fhir';
import { type Criterion, lastUpdatedParameter, parseSearch } from '#fhir-search';
import type { FhirStore, Stored } from '#fhir-store';
import { preferOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { newestOf, type TellingOf } from './newest.js';
import { recordId, recordPlace } from './record-id.js';
import type { ProvenanceAnswer, ProvenanceQuestion } from './records-across.js';
import { absentRecord, recordPage, servicesReached, storeOf } from './record-page.js';

/** Parameters by which provenance is searched. */
export const provenanceParameters = ['_id', '_lastUpdated', 'agent', 'patient', 'recorded', 'target'] as const;

/** One page of who did what on whose behalf, newest first, over all services. https://hl7.org/fhir/R4/provenance.html */
export async function searchProvenance(request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const { baseUrl, limits } = serving;
  const { lenient } = preferOf(request.headers);
  const { query } = parseSearch('Provenance', request.query, {
    lenient,
    baseUrl,
    maxCount: Math.min(limits.pageCount, 100),
  });
  if (query.includes.length > 0 || query.sort.length > 0 || query.count === 0 || query.total === 'accurate')
    throw refused('Provenance is told newest first, with nothing beside it: leave _sort, _include and _total out.');
  const { after, bundle } = recordPage('Provenance', query, { request, serving });
  const asked = criteriaOf(query.applied);
  const tellings = await Promise.all(
    servicesReached(serving).map((service) =>
      tellingOf(
        service,
        { query: asked, count: query.count, until: after?.time, reader: request.caller.audience },
        serving,
      ),
    ),
  );
  const { page, more } = newestOf(tellings, { count: query.count, after });
  const entries = page.map(({ item, service }) => {
    const resource = shownAs(item, service);
    const fullUrl = `${baseUrl}/Provenance/${resource.id ?? ''}`;
    return stringifyJson({ fullUrl, resource, search: { mode: 'match' } });
  });
  return bundle({ entries, last: more ? page.at(-1) : undefined });
}

export async function readProvenance(id: string, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const place = recordPlace(id);
  if (!place) throw absentRecord('Provenance');
  const query = new URLSearchParams({ _id: place.id }).toString();
  const question = { query, count: 1, reader: request.caller.audience };
  const { found } = await ask(place.service, question, serving);
  const [stored] = found;
  if (!stored) throw absentRecord('Provenance');
  return { status: 200, resource: shownAs(stored, place.service), headers: { etag: 'W/"1"' } };
}

/** A service's own answer: what the reader may see, newest first. */
export async function answerProvenance(
  store: FhirStore,
  { query, count, until, reader }: ProvenanceQuestion,
): Promise<ProvenanceAnswer> {
  if (!store.holds('Provenance')) return { found: [], more: false };
  const parsed = parseSearch('Provenance', new URLSearchParams(query), { lenient: false });
  // Of the time at which the last page ended some may be shown again; many of one time were written by one act.
  const wanted = until ? count + sameTimeAtMost : count;
  const criteria = [...parsed.query.criteria, ...(until ? [notNewer(until)] : [])];
  const { matches, next } = await store.search({ ...parsed.query, criteria, count: wanted }, reader);
  return { found: matches, more: next !== undefined };
}

/** Of one act. */
const sameTimeAtMost = 200;

async function tellingOf(
  service: ServiceName,
  { query, ...question }: Omit<ProvenanceQuestion, 'query'> & { query: URLSearchParams },
  serving: Serving,
): Promise<TellingOf<Stored>> {
  const own = ownIds(service, query);
  if (!own) return { told: [], more: false };
  const { found, more } = await ask(service, { ...question, query: own.toString() }, serving);
  return { told: found.map((item) => ({ service, id: item.id, time: item.lastUpdated, item })), more };
}

async function ask(service: ServiceName, question: ProvenanceQuestion, serving: Serving): Promise<ProvenanceAnswer> {
  const store = storeOf(service, serving);
  if (store) return answerProvenance(store, question);
  if (!serving.recordsAcross) throw absentRecord('Provenance');
  return serving.recordsAcross.provenance(service, question);
}

/** What is asked of resources, without what is asked of the page. */
function criteriaOf(applied: URLSearchParams): URLSearchParams {
  const criteria = [...applied].filter(([name]) => !['_count', '_cursor', '_total', '_sort'].includes(name));
  const known: readonly string[] = provenanceParameters;
  if (criteria.some(([name]) => !known.includes(name.split(/[:.]/)[0] ?? '') || name.includes('.')))
    throw refused(`Provenance is searched by ${provenanceParameters.join(', ')}.`);
  return new URLSearchParams(criteria);
}

/** Ids as the service knows them; undefined where it is asked for none of its own. */
function ownIds(service: ServiceName, query: URLSearchParams): URLSearchParams | undefined {
  const pairs = [...query].map(([name, value]): [string, string] => {
    if (name !== '_id') return [name, value];
    const own = value.split(',').flatMap((id) => {
      const place = recordPlace(id);
      return place?.service === service ? [place.id] : [];
    });
    return [name, own.join(',')];
  });
  return pairs.some(([name, value]) => name === '_id' && value === '') ? undefined : new URLSearchParams(pairs);
}

function notNewer(time: Date): Criterion {
  const high = new Date(time.getTime() + 1);
  return { parameter: lastUpdatedParameter, values: [{ type: 'date', prefix: 'le', low: time, high }] };
}

function shownAs({ content, id }: Stored, service: ServiceName): Provenance {
  return { ...(parseJson(content) as Provenance), id: recordId({ service, id }) };
}

function refused(diagnostics: string): FhirError {
  return FhirError.of('not-supported', diagnostics, { status: 400 });
}
