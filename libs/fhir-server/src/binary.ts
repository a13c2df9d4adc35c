// https://hl7.org/fhir/R4/binary.html#rest: content in and out as it is, beside the resource that holds it.
import type { Binary, FhirResource } from 'fhir/r4';
import { FhirError, parseJson } from '#fhir';
import type { Stored } from '#fhir-store';
import { formatFor, notAcceptable } from './formats/negotiation.js';
import type { Headers } from './headers.js';
import type { FhirResponse } from './operation.js';
import { versionHeaders } from './interactions/stored-response.js';
import type { Route } from './route.js';

/** Media types that say a resource, JSON and XML at large too: content of these is sent as the data of a Binary. */
const resources = /^(application|text)\/(fhir\+)?(json|xml)$/;
const mediaType = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}(; ?[\w-]{1,32}=[\w.+-]{1,64}){0,4}$/;

/** True where the body is the content of a Binary itself. */
export function takesContent(route: Route | undefined, headers: Headers): boolean {
  if (route?.interaction !== 'create' && route?.interaction !== 'update') return false;
  return route.served.type === 'Binary' && !resources.test(typeIn(headers['content-type']));
}

/** True where the answer may be the content of a Binary itself. */
export function givesContent(route: Route): boolean {
  return (route.interaction === 'read' || route.interaction === 'vread') && route.served.type === 'Binary';
}

/** Content that was sent, as the resource that holds it; X-Security-Context names what it is to be guarded as. */
export function binaryOf(
  content: Buffer,
  { headers, id }: { headers: Headers; id?: string | undefined },
): FhirResource {
  const contentType = headers['content-type'] ?? '';
  if (!mediaType.test(contentType))
    throw FhirError.of('value', 'Content-Type must be one media type, such as image/png.');
  if (content.length === 0) throw FhirError.of('required', 'The body is empty; send the content.');
  const reference = headers['x-security-context'];
  return {
    resourceType: 'Binary',
    ...(id === undefined ? {} : { id }),
    contentType,
    ...(reference === undefined ? {} : { securityContext: { reference } }),
    data: content.toString('base64'),
  };
}

/** The content itself, where the client asked for its type and not for a resource. */
export function contentResponse(stored: Stored, { accept }: Headers): FhirResponse | undefined {
  if (formatFor(accept, null) !== undefined) return undefined;
  const { contentType, data = '' } = parseJson(stored.content) as Binary;
  const wanted = (accept ?? '').split(',').map(typeIn);
  const type = typeIn(contentType);
  if (!wanted.some((range) => range === type || range === `${type.split('/', 1)[0] ?? ''}/*`)) throw notAcceptable();
  // Whatever a browser makes of it, it is no page of ours.
  const guards = { 'content-disposition': 'attachment', 'content-security-policy': 'sandbox' };
  const headers = { ...versionHeaders(stored), ...guards };
  return { status: 200, headers, contentType, bytes: Buffer.from(data, 'base64') };
}

function typeIn(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
