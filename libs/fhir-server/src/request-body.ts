import type { FhirResource } from 'fhir/r4';
import { checkedResource, type Expectation } from './body.js';
import type { Headers } from './headers.js';
import type { Route } from './route.js';
import type { Serving } from './serving.js';

const fhir = ['application/fhir+json', 'application/json', 'application/fhir+xml', 'application/xml', 'text/xml'];
export const formBody = ['application/x-www-form-urlencoded'];
const none: readonly string[] = [];
const written: readonly Route['interaction'][] = ['create', 'update', 'transaction'];

/** Media types of the body that this interaction takes; none where it takes no body. */
export function bodiesOf(route: Route, method: string): readonly string[] {
  if (route.interaction === 'search') return route.form ? formBody : none;
  return written.includes(route.interaction) || (route.interaction === 'operation' && method === 'POST') ? fhir : none;
}

/** True where the body is a resource. */
export function takesResource(route: Route, method: string): boolean {
  return bodiesOf(route, method) === fhir;
}

/** The resource of a request, as its address wants it. */
export function resourceOf(
  received: unknown,
  { route, headers, serving }: { route: Route; headers: Headers; serving: Serving },
): FhirResource {
  const expectedType = typeOfBody(route);
  const operation = route.interaction === 'operation' ? route.operation : undefined;
  const expectation: Expectation = {
    judge: (sent) => operation?.receive?.(sent, headers),
    ...(expectedType === undefined ? {} : { expectedType }),
  };
  return checkedResource(received, serving.validator, expectation);
}

/** The type that a body must have; an operation says so itself. */
function typeOfBody(route: Route): string | undefined {
  if (route.interaction === 'transaction') return 'Bundle';
  return 'served' in route ? route.served.type : undefined;
}
