import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#auth';
import type { Act } from '#fhir-store';
import { FhirError } from '#fhir';
import { type Correlation, correlationIdHeader, correlationOf, isCorrelationId, requestIdHeader } from '#observability';
import type { Presentation } from './formats/presentation.js';
import { subsetIn } from './formats/subset.js';
import type { Headers } from './headers.js';
import { type Limits, refuseManyParameters } from './limits.js';
import { type Auditing, interactionOf } from './audit/auditing.js';
import { targetOf } from './audit/target.js';
import type { FhirRequest } from './operation.js';
import type { Route } from './route.js';

export { targetOf };

/** One request while it is answered. */
export interface Exchange {
  correlation: Correlation;
  /** What the caller sent, names in lower case. */
  headers: Headers;
  query: URLSearchParams;
  /** Errors are answered with the codes of the Booking and Referral Standard. */
  bars: boolean;
  /** How the caller wants to see the answer. */
  shown: Presentation;
  route?: Route;
  caller?: Caller;
  /** What it does, once it is known who wants it. */
  act?: Act;
}

/** Open exchanges; a request that the server drops takes its exchange with it. */
export class Exchanges {
  readonly #open = new WeakMap<FastifyRequest, Exchange>();

  constructor(private readonly newId: () => string) {}

  /** Gives the request its ids, and the answer the same, whatever comes of it. */
  open(request: FastifyRequest, reply: FastifyReply): Exchange {
    const headers = headersOf(request.headers);
    const correlation = correlationOf(headers, this.newId);
    const at = request.url.indexOf('?');
    const query = new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1));
    const shown: Presentation = { format: 'json', pretty: false };
    const exchange = { correlation, headers, query, bars: false, shown };
    this.#open.set(request, exchange);
    reply.header(requestIdHeader, correlation.requestId).header(correlationIdHeader, correlation.correlationId);
    return exchange;
  }

  of(request: FastifyRequest): Exchange | undefined {
    return this.#open.get(request);
  }
}

/** Refuses ids that could not be logged and stored, and parameters that no database takes. */
export function refuseOddities({ headers, query }: Pick<Exchange, 'headers' | 'query'>, limits: Limits): void {
  for (const name of [requestIdHeader, correlationIdHeader]) {
    const value = headers[name];
    if (value !== undefined && !isCorrelationId(value)) {
      throw FhirError.of(
        'value',
        `${name} must be one id of 1 to 128 letters, digits and . _ : / + = -, such as a UUID, and no number of a person`,
      );
    }
  }
  refuseManyParameters(query, limits);
  for (const [name, value] of query) {
    if (`${name}${value}`.includes('\0'))
      throw FhirError.of('value', 'A parameter holds a character that no text may hold.');
  }
}

/** The request as interactions and operations see it. */
export function fhirRequestOf(
  { caller, correlation, headers, query, route }: Exchange & { caller: Caller; route: Route },
  { auditing, ...more }: Pick<FhirRequest, 'method' | 'now' | 'newId'> & { auditing: Auditing },
): FhirRequest {
  return {
    caller,
    act: {
      agent: caller.client,
      ...(caller.organisation === undefined ? {} : { organisation: caller.organisation }),
      interaction: interactionOf(route),
      ...correlation,
      request: auditing.requestOf({ caller, headers, query, route }),
    },
    ...targetOf(route),
    ...formApart(query, route),
    headers: withFormat(headers, query),
    ...more,
  };
}

/** True where a body was announced. */
export function hasBody({ headers }: Exchange): boolean {
  return headers['transfer-encoding'] !== undefined || !['0', undefined].includes(headers['content-length']);
}

/** Interactions of whose resources a part may be asked for. */
const partial: readonly Route['interaction'][] = [
  'read',
  'vread',
  'history',
  'history-type',
  'history-system',
  'search',
  'search-definitions',
  'read-definition',
  'search-records',
  'read-record',
  'operation',
];

const searches: readonly Route['interaction'][] = ['search', 'search-definitions', 'search-records'];

/** Pretty, and of each resource only what was asked for: `_pretty`, `_summary`, `_elements`. */
export function showAsAsked(
  exchange: Pick<Exchange, 'shown'>,
  { query, route }: { query: URLSearchParams; route: Route },
): void {
  if (query.size === 0) return;
  exchange.shown.pretty = query.get('_pretty') === 'true';
  if (!searches.includes(route.interaction) && query.get('_summary') === 'count')
    throw FhirError.of(
      'not-supported',
      '_summary=count is taken by searches; one of true, text, data, false is taken here.',
    );
  if (partial.includes(route.interaction)) exchange.shown.subset = subsetIn(query, typeShown(route));
}

/** An operation may answer with any type. */
function typeShown(route: Route): string | undefined {
  if (route.interaction === 'operation') return undefined;
  return targetOf(route).type;
}

/** How the answer looks has been judged already; which part of its matches it shows, a search says among what it applied. */
function formApart(query: URLSearchParams, { interaction }: Route): Pick<FhirRequest, 'query' | 'form'> {
  if (query.size === 0) return { query };
  const parts = partial.includes(interaction) && !searches.includes(interaction) ? ['_summary', '_elements'] : [];
  const judged = ['_format', '_pretty', ...parts];
  const [form, others] = [true, false].map(
    (isForm) => new URLSearchParams([...query].filter(([name]) => judged.includes(name) === isForm)),
  );
  return { query: others ?? query, ...(form && form.size > 0 ? { form } : {}) };
}

/** `_format` stands for Accept, and wins over it: an operation that answers in several formats looks in one place. */
function withFormat(headers: Headers, query: URLSearchParams): Headers {
  const format = query.get('_format');
  return format === null ? headers : { ...headers, accept: format };
}

function headersOf(headers: IncomingHttpHeaders): Headers {
  const sent: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) sent[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return sent;
}
