import type { FhirResource } from 'fhir/r4';
import { binaryOf, givesContent, takesContent } from './binary.js';
import { checkedResource, type Expectation, parsedBody } from './body.js';
import { formatOfBody } from './formats/negotiation.js';
import { type Headers, refuseOtherBodies } from './headers.js';
import { refuseManyEntriesIn } from './limits.js';
import type { FhirRequest } from './operation.js';
import type { Route } from './route.js';
import type { Serving } from './serving.js';

const fhir = [
  'application/fhir+json',
  'application/json',
  'text/json',
  'application/fhir+xml',
  'application/xml',
  'text/xml',
];
const jsonPatch = 'application/json-patch+json';
const patches = [jsonPatch, ...fhir];
export const formBody = ['application/x-www-form-urlencoded'];
const none: readonly string[] = [];
const written: readonly Route['interaction'][] = ['create', 'update', 'transaction'];

/** Media types of the body that this interaction takes; none where it takes no body. */
export function bodiesOf(route: Route, method: string): readonly string[] {
  if ('form' in route) return route.form ? formBody : none;
  if (route.interaction === 'patch') return patches;
  return written.includes(route.interaction) || (route.interaction === 'operation' && method === 'POST') ? fhir : none;
}

/** True where the answer may have a format of its own; a message is answered with a message. */
export function answersOtherwise(route: Route): boolean {
  if (route.interaction === 'operation') return route.operation.definition.bars !== true;
  return givesContent(route);
}

/** 415 for a body that this interaction does not take. */
export function refuseOtherBody(route: Route, { method, headers }: { method: string; headers: Headers }): void {
  if (!takesContent(route, headers)) refuseOtherBodies(headers, bodiesOf(route, method));
}

interface AskedBody {
  route: Route;
  headers: Headers;
  serving: Serving;
}

/** What a body says, where this interaction takes one: text, or the content of a Binary. */
export function bodyIn(sent: unknown, asked: AskedBody & { method: string }): Pick<FhirRequest, 'patch' | 'resource'> {
  const { route, method, headers, serving } = asked;
  if (Buffer.isBuffer(sent)) {
    const id = 'id' in route ? route.id : undefined;
    return contentOf(binaryOf(sent, { headers, id }), asked);
  }
  const text = typeof sent === 'string' ? sent : '';
  if (!takesResource(route, method) || (text === '' && route.interaction === 'operation')) return {};
  return contentOf(parsedBody(text, formatOfBody(headers['content-type'] ?? ''), serving.limits), asked);
}

/** True where the body is a resource or a patch. */
export function takesResource(route: Route, method: string): boolean {
  const bodies = bodiesOf(route, method);
  return bodies === fhir || bodies === patches;
}

/** The body of a request, as its address wants it. A JSON Patch is a list; any other body is a resource, and judged as one. */
export function contentOf(received: unknown, asked: AskedBody): Pick<FhirRequest, 'patch' | 'resource'> {
  const [type = ''] = (asked.headers['content-type'] ?? '').toLowerCase().split(';');
  if (asked.route.interaction === 'patch' && type.trim() === jsonPatch) return { patch: received };
  return { resource: resourceOf(received, asked) };
}

function resourceOf(received: unknown, { route, headers, serving }: AskedBody): FhirResource {
  const expectedType = typeOfBody(route);
  const operation = route.interaction === 'operation' ? route.operation : undefined;
  const expectation: Expectation = {
    judge: (sent) => {
      operation?.receive?.(sent, headers);
      if (operation?.definition.bars === true) refuseManyEntriesIn(sent, serving.limits);
    },
    unjudged: operation?.definition.judgesBody === true,
    ...(expectedType === undefined ? {} : { expectedType }),
  };
  return checkedResource(received, serving.validator, expectation);
}

/** The type that a body must have; an operation says so itself. */
function typeOfBody(route: Route): string | undefined {
  if (route.interaction === 'transaction') return 'Bundle';
  if (route.interaction === 'patch') return 'Parameters';
  return 'served' in route ? route.served.type : undefined;
}
