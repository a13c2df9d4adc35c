import type { FhirResource } from 'fhir/r4';
import { checkedResource, type Expectation } from './body.js';
import type { Headers } from './headers.js';
import type { FhirRequest } from './operation.js';
import type { Route } from './route.js';
import type { Serving } from './serving.js';

const fhir = ['application/fhir+json', 'application/json', 'application/fhir+xml', 'application/xml', 'text/xml'];
const jsonPatch = 'application/json-patch+json';
const patches = [jsonPatch, ...fhir];
export const formBody = ['application/x-www-form-urlencoded'];
const none: readonly string[] = [];
const written: readonly Route['interaction'][] = ['create', 'update', 'transaction'];

/** Media types of the body that this interaction takes; none where it takes no body. */
export function bodiesOf(route: Route, method: string): readonly string[] {
  if (route.interaction === 'search' || route.interaction === 'search-definitions') return route.form ? formBody : none;
  if (route.interaction === 'patch') return patches;
  return written.includes(route.interaction) || (route.interaction === 'operation' && method === 'POST') ? fhir : none;
}

/** True where the body is a resource or a patch. */
export function takesResource(route: Route, method: string): boolean {
  const bodies = bodiesOf(route, method);
  return bodies === fhir || bodies === patches;
}

/** The body of a request, as its address wants it. A JSON Patch is a list; any other body is a resource, and judged as one. */
export function contentOf(
  received: unknown,
  asked: { route: Route; headers: Headers; serving: Serving },
): Pick<FhirRequest, 'patch' | 'resource'> {
  const [type = ''] = (asked.headers['content-type'] ?? '').toLowerCase().split(';');
  if (asked.route.interaction === 'patch' && type.trim() === jsonPatch) return { patch: received };
  return { resource: resourceOf(received, asked) };
}

function resourceOf(
  received: unknown,
  { route, headers, serving }: { route: Route; headers: Headers; serving: Serving },
): FhirResource {
  const expectedType = typeOfBody(route);
  const operation = route.interaction === 'operation' ? route.operation : undefined;
  const expectation: Expectation = {
    judge: (sent) => operation?.receive?.(sent, headers),
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
