import type { Binary, BundleEntry, BundleEntryRequest, FhirResource } from 'fhir/r4';
import { FhirError, ownerOf, parseJson, type ServiceName } from '#fhir';
import type { InnerRequest } from '../inner-request.js';
import { placeOf, withOnce } from '../once/keyed-request.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import { refused } from '../refused.js';
import type { Serving } from '../serving.js';

/** What an entry asks for, and of whom; or why it cannot be asked. */
export interface Asked {
  inner?: InnerRequest;
  /** A service of another process. */
  owner?: ServiceName;
  refusal?: FhirResponse;
  head: boolean;
}

interface Reading {
  at: number;
  request: FhirRequest;
  serving: Serving;
}

const methods: Readonly<Record<string, FhirRequest['method']>> = {
  GET: 'GET',
  HEAD: 'GET',
  POST: 'POST',
  PUT: 'PUT',
  PATCH: 'PATCH',
  DELETE: 'DELETE',
};

export function askedBy(entry: BundleEntry<FhirResource>, { at, request, serving }: Reading): Asked {
  const place = `Bundle.entry[${String(at)}]`;
  const head = entry.request?.method === 'HEAD';
  try {
    const inner = innerRequestIn(entry, { place, request: inPlace(request, at), serving });
    const owner = strangerIn(inner.url, serving);
    return { inner, head, ...(owner === undefined ? {} : { owner }) };
  } catch (thrown) {
    if (!(thrown instanceof FhirError)) throw thrown;
    return { refusal: refused(thrown), head };
  }
}

/** Of a batch that may come again each part is known by its place: what was done is not done again. */
function inPlace(request: FhirRequest, at: number): FhirRequest {
  const { once } = request.act;
  return once ? withOnce(request, placeOf(once, at)) : request;
}

function innerRequestIn(
  { request: asked, resource }: BundleEntry<FhirResource>,
  { place, request, serving }: { place: string; request: FhirRequest; serving: Serving },
): InnerRequest {
  const method = asked && methods[asked.method];
  if (!asked || !method)
    throw FhirError.of('required', 'An entry of a batch needs a request.', { expression: `${place}.request` });
  const { caller, act, now } = request;
  const patch = method === 'PATCH' && resource?.resourceType === 'Binary' ? patchIn(resource, place) : undefined;
  const body: unknown = patch ?? resource;
  return {
    url: urlBelowBase(asked.url, serving.baseUrl, place),
    method,
    headers: {
      ...headersOf(asked, request.headers['prefer']),
      'content-type': patch === undefined ? 'application/fhir+json' : jsonPatch,
    },
    ...(body === undefined ? {} : { body }),
    caller,
    act,
    now,
  };
}

function headersOf(
  { ifMatch, ifNoneMatch, ifNoneExist, ifModifiedSince }: BundleEntryRequest,
  prefer: string | undefined,
): Record<string, string> {
  const since = ifModifiedSince === undefined ? undefined : new Date(ifModifiedSince).toUTCString();
  const named = {
    'if-match': ifMatch,
    'if-none-match': ifNoneMatch,
    'if-none-exist': ifNoneExist,
    'if-modified-since': since,
    prefer,
  };
  return Object.fromEntries(Object.entries(named).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function urlBelowBase(url: string, baseUrl: string, place: string): string {
  const below = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url;
  if (/^[A-Za-z_$][^#\\]*$/.test(below) && !/^[a-z][a-z0-9+.-]*:/i.test(below)) return below;
  const diagnostics = 'The url must be below this base, such as Patient/1 or Task?status=requested.';
  throw FhirError.of('value', diagnostics, { expression: `${place}.request.url` });
}

const jsonPatch = 'application/json-patch+json';

/** A JSON Patch rides in a Binary. https://hl7.org/fhir/R4/http.html#patch */
function patchIn({ contentType, data = '' }: Binary, place: string): unknown {
  const expression = `${place}.resource`;
  if (contentType.split(';', 1)[0]?.trim() !== jsonPatch) {
    throw FhirError.of('not-supported', 'A patch is a Parameters, or a Binary of application/json-patch+json.', {
      expression,
    });
  }
  return parseJson(Buffer.from(data, 'base64').toString('utf8'));
}

/** The owner of what the address names, where it is in another process. */
function strangerIn(url: string, { faces }: Serving): ServiceName | undefined {
  const type = /^[A-Za-z]+/.exec(url)?.[0] ?? '';
  return faces.typeNamed(type) ? undefined : ownerOf(type);
}
