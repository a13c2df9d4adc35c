import { FhirError } from '#fhir';
import { preferOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Route } from '../route.js';
import type { Serving } from '../serving.js';
import { create } from './create.js';
import { history } from './history.js';
import { read, vread } from './read.js';
import { search } from './search.js';
import { transaction } from './transaction.js';
import { update } from './update.js';

/** What a caller asks of resources, by its route. https://hl7.org/fhir/R4/http.html */
export async function interact(
  route: Exclude<Route, { interaction: 'capabilities' | 'openapi' }>,
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  switch (route.interaction) {
    case 'operation':
      return route.operation.execute(request);
    case 'search':
      return search(route.served, request, serving);
    case 'history':
      return history(route, request, serving);
    case 'read':
      return read(route, plain(request));
    case 'vread':
      return vread(route, plain(request));
    case 'create':
      return create(route.served, plain(request), serving);
    case 'update':
      return update(route, plain(request), serving);
    case 'transaction':
      return transaction(plain(request), serving);
  }
}

/** A request to an address that takes no parameters: one that would be ignored is refused, unless the caller is lenient. */
function plain(request: FhirRequest): FhirRequest {
  if (request.query.size === 0 || preferOf(request.headers).lenient) return request;
  throw FhirError.of(
    'not-supported',
    'This address takes no parameters but _format; conditional interactions are not served.',
  );
}
