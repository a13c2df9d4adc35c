import type { Bundle, BundleEntry, BundleEntryRequest, FhirResource } from 'fhir/r4';
import { error, FhirError, type Issue } from '#fhir';
import type { Faces, ServedType } from '../faces.js';
import { ifMatchOf } from '../headers.js';
import { nearestOf } from '../nearest.js';
import type { FhirRequest } from '../operation.js';
import { isId } from '../route.js';

/** One create or update of a transaction. */
export interface Entry {
  /** `Bundle.entry[2]`, for issues. */
  place: string;
  method: 'POST' | 'PUT';
  fullUrl?: string;
  served: ServedType;
  /** Given here for a create, sent for an update. */
  id: string;
  /** Of If-Match. */
  version: number | undefined;
  resource: FhirResource;
}

const mostEntries = 500;

/** The entries of a transaction, or every reason why one of them cannot be served. */
export function entriesOf(bundle: Bundle<FhirResource>, { newId }: Pick<FhirRequest, 'newId'>, faces: Faces): Entry[] {
  const sent = bundle.entry ?? [];
  if (sent.length > mostEntries) {
    throw FhirError.of('too-costly', `A transaction may have ${String(mostEntries)} entries.`, {
      expression: 'Bundle.entry',
    });
  }
  const read = sent.map((entry, at) => entryOf(entry, { place: `Bundle.entry[${String(at)}]`, newId, faces }));
  const issues = read.flatMap((entry) => ('issue' in entry ? [entry.issue] : []));
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
  const entries = read.filter((entry): entry is Entry => !('issue' in entry));
  const clashes = [...clashesOf(entries), ...strangersIn(entries)];
  if (clashes.length > 0) throw new FhirError(clashes, { status: 422 });
  return entries;
}

interface Reading {
  place: string;
  newId: () => string;
  faces: Faces;
}

function entryOf(
  { fullUrl, request, resource }: BundleEntry<FhirResource>,
  reading: Reading,
): Entry | { issue: Issue } {
  const { place } = reading;
  if (!request) return { issue: error('required', 'An entry of a transaction needs a request.', `${place}.request`) };
  const issue = unsupported(request, place);
  if (issue) return { issue };
  if (!resource) return { issue: error('required', 'A POST or PUT entry needs a resource.', `${place}.resource`) };
  const target = targetOf(request, resource, reading);
  if ('issue' in target) return target;
  const method = request.method as Entry['method'];
  const id = target.id ?? reading.newId();
  const stamped = method === 'POST' ? { ...resource, id } : resource;
  const named = fullUrl === undefined ? {} : { fullUrl };
  return { place, method, ...named, served: target.served, id, version: ifMatchOf(request.ifMatch), resource: stamped };
}

function unsupported(request: BundleEntryRequest, place: string): Issue | undefined {
  if (!['POST', 'PUT'].includes(request.method)) {
    return error(
      'not-supported',
      'Entries of a transaction may be POST or PUT; send others on their own.',
      `${place}.request.method`,
    );
  }
  const conditions = ['ifNoneExist', 'ifNoneMatch', 'ifModifiedSince'] as const;
  const condition = conditions.find((name) => request[name] !== undefined);
  if (condition === undefined) return undefined;
  return error('not-supported', 'Conditional entries are not served; leave this out.', `${place}.request.${condition}`);
}

function targetOf(
  { method, url }: BundleEntryRequest,
  resource: FhirResource,
  { place, faces }: Reading,
): { served: ServedType; id?: string } | { issue: Issue } {
  const where = `${place}.request.url`;
  const address = addressIn(url);
  if (!address || (address.id === undefined) !== (method === 'POST')) {
    return { issue: error('value', 'The url must be Type for POST and Type/id for PUT, without a query.', where) };
  }
  const { type, id } = address;
  const served = faces.typeNamed(type);
  if (!served) return { issue: unknownType(type, { faces, where }) };
  if (resource.resourceType !== type) {
    return {
      issue: error('value', `The resource must be a ${type}, as its request says.`, `${place}.resource.resourceType`),
    };
  }
  return { served, ...(id === undefined ? {} : { id }) };
}

/** `Task` or `Task/1`. */
function addressIn(url: string): { type: string; id?: string } | undefined {
  const [type = '', id, ...rest] = url.split('/');
  if (rest.length > 0 || !/^[A-Z][A-Za-z]*$/.test(type)) return undefined;
  if (id === undefined) return { type };
  return isId(id) ? { type, id } : undefined;
}

function unknownType(type: string, { faces, where }: { faces: Faces; where: string }): Issue {
  const known = faces.types.map((served) => served.type);
  const nearest = nearestOf(type, known);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  return error('not-supported', `This resource type is not served here.${hint}`, where);
}

/** Two entries under one fullUrl, or two updates of one resource. */
function clashesOf(entries: readonly Entry[]): Issue[] {
  const seen = new Set<string>();
  return entries.flatMap(({ place, fullUrl, served, id }) => {
    const names = [`${served.type}/${id}`, ...(fullUrl === undefined ? [] : [fullUrl])];
    const twice = names.some((name) => seen.has(name));
    for (const name of names) seen.add(name);
    return twice ? [error('invalid', 'Another entry has the same fullUrl or is of the same resource.', place)] : [];
  });
}

/** Entries whose type another service owns than the first entry's. */
function strangersIn(entries: readonly Entry[]): Issue[] {
  const owner = entries[0]?.served.face.name;
  return entries
    .filter(({ served }) => served.face.name !== owner)
    .map(({ place, served }) => {
      const diagnostics =
        `${served.type} belongs to ${served.face.name}, the first entry to ${owner ?? ''}. ` +
        'A transaction is taken for the types of one service; send the others in one of their own.';
      return error('not-supported', diagnostics, `${place}.request.url`);
    });
}
