import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '#auth';
import { FhirError } from '#fhir';
import { type Logger, type Metrics, type Observed, observeHttp } from '#observability';
import { sendRefusal, sendResponse } from './answer.js';
import { readBody, resourceIn } from './body.js';
import type { Capabilities } from './capabilities/capabilities.js';
import { refusalOf } from './errors.js';
import { type Exchange, Exchanges, fhirRequestOf, hasBody, refuseOddities, targetOf } from './exchange.js';
import { refuseOtherBodies, refuseOtherFormats } from './headers.js';
import { interact } from './interactions/interact.js';
import type { FhirRequest } from './operation.js';
import { isOpen, refuseForbidden } from './permission.js';
import { type Route, routeOf, segmentsOf, unknownPattern } from './route.js';
import type { Serving } from './serving.js';

export interface HttpFaceOptions {
  serving: Serving;
  capabilities: () => Capabilities;
  authenticator: Authenticator;
  now: () => Date;
  newId: () => string;
  logger: Logger;
  metrics?: Metrics;
  bodyLimit: number;
}

const json = ['application/fhir+json', 'application/json'];
const form = ['application/x-www-form-urlencoded'];

/** FHIR over HTTP on a Fastify scope of its own: hooks and one handler, nothing made per request but the request itself. */
export class HttpFace {
  readonly #exchanges: Exchanges;

  constructor(private readonly options: HttpFaceOptions) {
    this.#exchanges = new Exchanges(options.newId);
  }

  mount(scope: FastifyInstance): void {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) =>
      readBody(payload, this.options.bodyLimit),
    );
    scope.addHook('onRequest', (request, reply) => this.#admit(request, this.#exchanges.open(request, reply)));
    scope.setErrorHandler((error, request, reply) => this.#refuse(error, request, reply));
    scope.setNotFoundHandler(() => {
      throw FhirError.of('not-found', 'Nothing is served at this address; GET /fhir/metadata tells what is.');
    });
    scope.all('/', (request, reply) => this.#answer(request, reply));
    scope.all('/*', (request, reply) => this.#answer(request, reply));
    const observed = (request: FastifyRequest, reply: FastifyReply): Observed =>
      this.#observed(request, reply.statusCode);
    observeHttp(scope, { ...this.options, observed });
  }

  /** Everything that can be decided before the body is read: who calls, what for, in which format. */
  async #admit(request: FastifyRequest, exchange: Exchange): Promise<void> {
    const { faces } = this.options.serving;
    const segments = segmentsOf(request.url);
    if (!segments) throw FhirError.of('value', 'The address is not well-formed.');
    exchange.bars = faces.speaksBars(segments.at(-1) ?? '');
    refuseOddities(exchange);
    if (!isOpen(request.method, segments)) {
      exchange.caller = await this.options.authenticator.authenticate(exchange.headers);
    }
    exchange.route = routeOf(request.method, segments, faces);
    if (exchange.caller) refuseForbidden(exchange.caller, exchange.route);
    if (exchange.route.interaction !== 'operation') refuseOtherFormats(exchange.headers, exchange.query);
    if (hasBody(exchange)) refuseOtherBodies(exchange.headers, bodiesOf(exchange.route, request.method));
  }

  async #answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const exchange = this.#exchanges.of(request);
    const route = exchange?.route;
    if (!exchange || !route) throw new Error('A request was answered before it was admitted.');
    const { capabilities, serving } = this.options;
    if (route.interaction === 'capabilities') return sendResponse(reply, capabilities().statement);
    if (route.interaction === 'openapi') return sendResponse(reply, capabilities().openApi);
    return sendResponse(reply, await interact(route, this.#requestOf(request, exchange, route), serving));
  }

  #requestOf(request: FastifyRequest, exchange: Exchange, route: Route): FhirRequest {
    const { caller } = exchange;
    if (!caller) throw new Error('A request that needs a caller was admitted without one.');
    const { now, newId, serving } = this.options;
    const text = typeof request.body === 'string' ? request.body : '';
    const method = (request.method === 'HEAD' ? 'GET' : request.method) as FhirRequest['method'];
    const bodies = bodiesOf(route, method);
    const sent = bodies === form ? { ...exchange, query: merged(exchange.query, new URLSearchParams(text)) } : exchange;
    refuseOddities(sent);
    const parsed = fhirRequestOf({ ...sent, caller, route }, { method, now: now(), newId });
    if (bodies !== json || (text === '' && route.interaction === 'operation')) return parsed;
    const expectedType = typeOfBody(route);
    const operation = route.interaction === 'operation' ? route.operation : undefined;
    const judge = (received: unknown): void => operation?.receive?.(received, sent.headers);
    return {
      ...parsed,
      resource: resourceIn(text, serving.validator, { judge, ...(expectedType === undefined ? {} : { expectedType }) }),
    };
  }

  #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const refusal = refusalOf(error, { bars: this.#exchanges.of(request)?.bars ?? false });
    if (refusal.failure) {
      const { failure, status } = refusal;
      this.options.logger.error({ ...this.#observed(request, status), status, failure }, 'unexpected error');
    }
    return sendRefusal(reply, refusal);
  }

  /** Ids stand in the log only once they have named something: a refused one may be anything, even a patient's number. */
  #observed(request: FastifyRequest, status: number): Observed {
    const exchange = this.#exchanges.of(request);
    const { route, caller, correlation } = exchange ?? {};
    const { type, id } = route ? targetOf(route) : {};
    return {
      route: route?.pattern ?? unknownPattern,
      ...(type === undefined ? {} : { type }),
      ...(id === undefined || status >= 400 ? {} : { id }),
      ...correlation,
      ...(caller ? { client: caller.client } : {}),
    };
  }
}

/** Media types of the body that this interaction takes. */
function bodiesOf(route: Route, method: string): readonly string[] {
  if (route.interaction === 'search') return route.form ? form : none;
  return written.includes(route.interaction) || (route.interaction === 'operation' && method === 'POST') ? json : none;
}

const none: readonly string[] = [];
const written: readonly Route['interaction'][] = ['create', 'update', 'transaction'];

/** The type that a body must have; an operation says so itself. */
function typeOfBody(route: Route): string | undefined {
  if (route.interaction === 'transaction') return 'Bundle';
  return 'served' in route ? route.served.type : undefined;
}

function merged(query: URLSearchParams, more: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query, ...more]);
}
