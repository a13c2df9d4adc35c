import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#auth';
import { FhirError } from '#fhir';
import { type Correlation, correlationIdHeader, correlationOf, isCorrelationId, requestIdHeader } from '#observability';
import type { Headers } from './headers.js';
import type { FhirRequest } from './operation.js';
import type { Route } from './route.js';

/** One request while it is answered. */
export interface Exchange {
  correlation: Correlation;
  /** What the caller sent, names in lower case. */
  headers: Headers;
  query: URLSearchParams;
  /** Errors are answered with the codes of the Booking and Referral Standard. */
  bars: boolean;
  route?: Route;
  caller?: Caller;
}

/** Open exchanges; a request that the server drops takes its exchange with it. */
export class Exchanges {
  readonly #open = new WeakMap<FastifyRequest, Exchange>();

  constructor(private readonly newId: () => string) {}

  /** Gives the request its ids, and the answer the same, whatever comes of it. */
  open(request: FastifyRequest, reply: FastifyReply): Exchange {
    const headers = headersOf(request.headers);
    const correlation = correlationOf(headers, this.newId);
    const [, ...query] = request.url.split('?');
    const exchange = { correlation, headers, query: new URLSearchParams(query.join('?')), bars: false };
    this.#open.set(request, exchange);
    reply.header(requestIdHeader, correlation.requestId).header(correlationIdHeader, correlation.correlationId);
    return exchange;
  }

  of(request: FastifyRequest): Exchange | undefined {
    return this.#open.get(request);
  }
}

const mostParameters = 100;

/** Refuses ids that could not be logged and stored, and parameters that no database takes. */
export function refuseOddities({ headers, query }: Pick<Exchange, 'headers' | 'query'>): void {
  for (const name of [requestIdHeader, correlationIdHeader]) {
    const value = headers[name];
    if (value !== undefined && !isCorrelationId(value)) {
      throw FhirError.of('value', `${name} must be one id of 1 to 128 letters, digits and . _ : / + = -`);
    }
  }
  if (query.size > mostParameters)
    throw FhirError.of('too-costly', `At most ${String(mostParameters)} parameters are taken.`);
  for (const [name, value] of query) {
    if (`${name}${value}`.includes('\0'))
      throw FhirError.of('value', 'A parameter holds a character that no text may hold.');
  }
}

/** The request as interactions and operations see it. */
export function fhirRequestOf(
  { caller, correlation, headers, query, route }: Exchange & { caller: Caller; route: Route },
  more: Pick<FhirRequest, 'method' | 'now' | 'newId'>,
): FhirRequest {
  return {
    caller,
    act: {
      agent: caller.client,
      ...(caller.organisation === undefined ? {} : { organisation: caller.organisation }),
      interaction: interactionOf(route),
      ...correlation,
    },
    ...targetOf(route),
    query: withoutFormat(query),
    headers: withFormat(headers, query),
    ...more,
  };
}

/** Type and id of the address, where it has them. */
export function targetOf(route: Route): { type?: string; id?: string } {
  const type = 'served' in route ? route.served.type : 'type' in route ? route.type : undefined;
  const id = 'id' in route ? route.id : undefined;
  return { ...(type === undefined ? {} : { type }), ...(id === undefined ? {} : { id }) };
}

/** True where a body was announced. */
export function hasBody({ headers }: Exchange): boolean {
  return headers['transfer-encoding'] !== undefined || !['0', undefined].includes(headers['content-length']);
}

/** `_format` has been judged already, and `_pretty` would change the bytes that are served. */
function withoutFormat(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => name !== '_format' && name !== '_pretty'));
}

/** `_format` stands for Accept, and wins over it: an operation that answers in several formats looks in one place. */
function withFormat(headers: Headers, query: URLSearchParams): Headers {
  const format = query.get('_format');
  return format === null ? headers : { ...headers, accept: format };
}

function interactionOf(route: Route): string {
  return route.interaction === 'operation' ? `$${route.operation.definition.code}` : route.interaction;
}

function headersOf(headers: IncomingHttpHeaders): Headers {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
