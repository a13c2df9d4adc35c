import { FhirError } from '#fhir';
import { refuseContentOfMessage } from '../attachments/refuse-content.js';
import type { ServedType } from '../faces.js';
import { readDefinition } from '../definitions/definition-read.js';
import { type DefinitionRoute } from '../definitions/definition-route.js';
import { searchDefinitions } from '../definitions/definition-search.js';
import { preferOf } from '../headers.js';
import { answerJob, isOfJob } from '../jobs/job-status.js';
import type { FhirRequest, FhirResponse, Operation } from '../operation.js';
import type { Route } from '../route.js';
import type { Serving } from '../serving.js';
import { transaction } from '../transaction/transaction.js';
import { answerRecord, isOfRecords } from '../records/answer-record.js';
import type { RecordRoute } from '../records/record-route.js';
import type { Place } from './asked-write.js';
import { batch, isBatch } from './batch.js';
import { create } from './create.js';
import { deleteResource } from './delete.js';
import { history, isHistory } from './history.js';
import { patch } from './patch.js';
import { read, vread } from './read.js';
import { search } from './search.js';
import { update } from './update.js';

/** What a caller asks of resources, by its route. https://hl7.org/fhir/R4/http.html */
export async function interact(
  route: Exclude<Route, { interaction: 'capabilities' | 'openapi' | 'smart-configuration' }>,
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  if (isWrite(route)) return write(route, request, serving);
  if (isTold(route)) return told(route, request, serving);
  if (isHistory(route)) return history(route, request, serving);
  if (isOfJob(route)) return answerJob(route, plain(request), serving);
  switch (route.interaction) {
    case 'operation':
      return operate(route.operation, request, serving);
    case 'search':
      return search(route.served, request, serving);
    case 'read':
      return read(route, plain(request));
    case 'vread':
      return vread(route, plain(request));
    case 'transaction':
      return bundled(plain(request), serving);
  }
}

async function operate(operation: Operation, request: FhirRequest, { limits }: Serving): Promise<FhirResponse> {
  if (operation.definition.bars === true) await refuseContentOfMessage(request.resource, limits.attachmentBytes);
  return operation.execute(request);
}

function bundled(request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  return isBatch(request.resource) ? batch(request.resource, request, serving) : transaction(request, serving);
}

function isOfDefinitions(route: Route): route is DefinitionRoute {
  return route.interaction === 'search-definitions' || route.interaction === 'read-definition';
}

/** What no client writes. */
function isTold(route: Route): route is DefinitionRoute | RecordRoute {
  return isOfDefinitions(route) || isOfRecords(route);
}

function told(route: DefinitionRoute | RecordRoute, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  return isOfRecords(route) ? answerRecord(route, request, serving) : define(route, request, serving);
}

function define(route: DefinitionRoute, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  return route.interaction === 'read-definition'
    ? readDefinition(route, request, serving)
    : searchDefinitions(route.type, request, serving);
}

type WriteRoute = Extract<Route, { interaction: 'create' | 'update' | 'patch' | 'delete' }>;

function isWrite(route: Route): route is WriteRoute {
  return ['create', 'update', 'patch', 'delete'].includes(route.interaction);
}

function write(route: WriteRoute, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  if (route.interaction === 'create') return create(route.served, plain(request), serving);
  const [target, asked] = [placed(route, request), placedRequest(route, request)];
  switch (route.interaction) {
    case 'update':
      return update(target, asked, serving);
    case 'patch':
      return patch(target, asked, serving);
    case 'delete':
      return deleteResource(target, asked, serving);
  }
}

type PlacedRoute = Exclude<WriteRoute, { interaction: 'create' }>;

/** By its id, or without one by the criteria of the query. */
function placed({ served, id }: PlacedRoute, { query: criteria }: FhirRequest): { served: ServedType; place: Place } {
  return { served, place: id === undefined ? { criteria } : { id } };
}

function placedRequest({ id }: PlacedRoute, request: FhirRequest): FhirRequest {
  return id === undefined ? request : plain(request);
}

/** A request to an address that takes no parameters: one that would be ignored is refused, unless the caller is lenient. */
function plain(request: FhirRequest): FhirRequest {
  if (request.query.size === 0 || preferOf(request.headers).lenient) return request;
  throw FhirError.of(
    'not-supported',
    'This address takes no parameters but _format; criteria stand after the type alone.',
  );
}
