import type { Bundle, FhirResource } from 'fhir/r4';
import { error, FhirError, type Issue, referencesIn, withReferences } from '#fhir';
import { isPermitted } from '#auth';
import type { Stored, Write } from '#fhir-store';
import { etagOf, preferOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { bundleOf, entryOf } from './bundle.js';
import { bodyOf, writesOf, writtenOf } from './create.js';
import { inEntry, versionUrl } from './stored-response.js';
import { type Entry, entriesOf } from './transaction-entries.js';
import { asVersionConflict, updateWrites } from './update.js';

/** Several creates and updates of one service, all or none. https://hl7.org/fhir/R4/http.html#transaction */
export async function transaction(request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const entries = entriesOf(bundleIn(request), request, serving.faces);
  refuseForbidden(entries, request);
  const resolved = withAssignedReferences(entries);
  const planned: Plan[] = [];
  for (const entry of resolved) planned.push(await planOf(entry, resolved, request));
  const store = resolved[0]?.served.face.store;
  const writes = planned.flatMap((plan) => plan.writes);
  const committed = store && writes.length > 0 ? await commit() : [];
  const answers = planned.map((plan) => answerTo(plan, committed, { request, baseUrl: serving.baseUrl }));
  return { status: 200, content: bundleOf({ type: 'transaction-response', entries: answers }) };

  async function commit(): Promise<Stored[]> {
    try {
      return (await store?.commit(writes, request.act)) ?? [];
    } catch (thrown) {
      throw entries.some(({ version }) => version !== undefined) ? asVersionConflict(thrown) : thrown;
    }
  }
}

/** One entry and what it makes us write. */
interface Plan {
  entry: Entry;
  writes: Write[];
  previous?: Stored;
}

function bundleIn(request: FhirRequest): Bundle<FhirResource> {
  const bundle = bodyOf(request);
  if (bundle.resourceType === 'Bundle' && bundle.type === 'transaction') return bundle as Bundle<FhirResource>;
  const diagnostics =
    'This address takes a Bundle of type transaction. Batches are not served; send their requests one by one.';
  throw FhirError.of('not-supported', diagnostics, { expression: 'Bundle.type', status: 422 });
}

function refuseForbidden(entries: readonly Entry[], { caller }: FhirRequest): void {
  const issues = entries
    .filter(({ served }) => !isPermitted(caller, { interaction: 'write', type: served.type }))
    .map(({ place, served }) => error('forbidden', `A ${caller.role} may not write a ${served.type}.`, place));
  if (issues.length > 0) throw new FhirError(issues);
}

/** References to the fullUrl of another entry become references to the id that its resource is given. */
function withAssignedReferences(entries: readonly Entry[]): Entry[] {
  const assigned = new Map(
    entries.flatMap(({ fullUrl, served, id }) =>
      fullUrl === undefined ? [] : [[fullUrl, `${served.type}/${id}`] as const],
    ),
  );
  const resolved = entries.map((entry) => ({
    ...entry,
    resource: withReferences(entry.resource, (literal) => assigned.get(literal)),
  }));
  const issues = resolved.flatMap(danglingIn);
  if (issues.length > 0) throw new FhirError(issues);
  return resolved;
}

function danglingIn({ place, resource }: Entry): Issue[] {
  return referencesIn(resource)
    .filter(({ reference }) => reference.reference?.startsWith('urn:'))
    .map(({ path }) => {
      const expression = `${place}.resource${path.slice(resource.resourceType.length)}`;
      return error('value', 'This reference is to no fullUrl of the Bundle.', `${expression}.reference`);
    });
}

async function planOf(entry: Entry, all: readonly Entry[], request: FhirRequest): Promise<Plan> {
  const { served, id, resource, method, version } = entry;
  const siblings = all.filter((other) => other !== entry).map((other) => other.resource);
  const asked: FhirRequest = { ...request, method, type: served.type, id, resource };
  try {
    if (method === 'POST') return { entry, writes: await writesOf(served).create(resource, asked, siblings) };
    return { entry, ...(await updateWrites({ served, id, resource, version }, asked, siblings)) };
  } catch (thrown) {
    throw inEntry(thrown, entry.place);
  }
}

function answerTo(
  { entry, previous, writes }: Plan,
  committed: readonly Stored[],
  { request, baseUrl }: { request: FhirRequest; baseUrl: string },
): string {
  const stored = previous && writes.length === 0 ? previous : writtenOf(committed, entry.resource);
  const response = {
    status: entry.method === 'POST' ? '201 Created' : '200 OK',
    location: versionUrl(baseUrl, stored),
    etag: etagOf(stored.version),
    lastModified: stored.lastUpdated.toISOString(),
  };
  const shown = preferOf(request.headers).return === 'representation' ? stored : { ...stored, content: '' };
  return entryOf(baseUrl, shown, { response });
}
