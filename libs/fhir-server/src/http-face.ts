import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '#auth';
import { FhirError } from '#fhir';
import { NotAudited } from '#fhir-store';
import { type Logger, type Metrics, type Observed, observeHttp } from '#observability';
import { sendEncoded, sendRefusal } from './answer.js';
import { targetOf } from './audit/target.js';
import { isBarsRequest } from './bars-codes.js';
import { takesContent } from './binary.js';
import { readBody, readBytes } from './body.js';
import type { Capabilities } from './capabilities/capabilities.js';
import { smartConfiguration } from './capabilities/smart-configuration.js';
import { type Refusal, refusalOf } from './errors.js';
import { type Exchange, Exchanges, fhirRequestOf, hasBody, refuseOddities, showAsAsked } from './exchange.js';
import { type Format, formatFor, notAcceptable } from './formats/negotiation.js';
import { presented } from './formats/presentation.js';
import { interact } from './interactions/interact.js';
import { answerLater, mayBeLater } from './jobs/later.js';
import { refuseLongUrl } from './limits.js';
import { keyedRequestOf, withOnce } from './once/keyed-request.js';
import type { FhirRequest, FhirResponse } from './operation.js';
import { isOpen, refuseForbidden } from './permission.js';
import { answersOtherwise, bodiesOf, bodyIn, formBody, refuseOtherBody } from './request-body.js';
import { refuseSearchOfAll, type Route, routeOf, segmentsOf, unknownPattern } from './route.js';
import type { Serving } from './serving.js';
import { networkOf } from './traffic/quotas.js';
import { Traffic } from './traffic/traffic.js';

export interface HttpFaceOptions {
  serving: Serving;
  capabilities: () => Capabilities;
  authenticator: Authenticator;
  now: () => Date;
  newId: () => string;
  logger: Logger;
  metrics?: Metrics;
  /** Of the pages that browsers let call; none unless told. */
  origins?: readonly string[];
}

/** FHIR over HTTP on a Fastify scope of its own: hooks and one handler, nothing made per request but the request itself. */
export class HttpFace {
  readonly #exchanges: Exchanges;
  readonly #traffic: Traffic;

  constructor(private readonly options: HttpFaceOptions) {
    this.#exchanges = new Exchanges(options.newId);
    this.#traffic = new Traffic({ ...options, limits: options.serving.limits });
  }

  mount(scope: FastifyInstance): void {
    scope.removeAllContentTypeParsers();
    const { bodyBytes: limit } = this.options.serving.limits;
    scope.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => {
      const { route, headers } = this.#exchanges.of(request) ?? {};
      const encoding = request.headers['content-encoding'];
      return takesContent(route, headers ?? {})
        ? readBytes(payload, { limit, encoding })
        : readBody(payload, { limit, encoding });
    });
    this.#traffic.watch(scope);
    scope.addHook('onRequest', async (request, reply) => {
      const exchange = this.#exchanges.open(request, reply);
      if (this.#traffic.answersPreflight(request, reply)) return reply;
      const read = this.#read(request, exchange);
      await this.#identify(request, exchange, read);
      // Counted before it is judged: what is refused is entered in the audit, and costs as much.
      await this.#traffic.count(clientOf(exchange, request), reply);
      this.#admit(request, exchange, read);
      this.#traffic.knock(clientOf(exchange, request));
    });
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

  /** The address and what stands around it; or why they cannot be read, which is told once it is known who sent them. */
  #read(request: FastifyRequest, exchange: Exchange): Read {
    const { faces, limits } = this.options.serving;
    try {
      refuseLongUrl(request.url, limits);
      const segments = segmentsOf(request.url);
      if (!segments) throw FhirError.of('value', 'The address is not well-formed.');
      exchange.bars = faces.speaksBars(segments.at(-1) ?? '') || isBarsRequest(segments, exchange.headers);
      const format = formatFor(exchange.headers['accept'], exchange.query.get('_format'));
      exchange.shown.format = format ?? 'json';
      refuseOddities(exchange, limits);
      return { segments, format };
    } catch (thrown) {
      return { thrown };
    }
  }

  /** Who calls, unless everyone may. Who neither says that nor sends what can be read is told the latter, and counts as the former. */
  async #identify(request: FastifyRequest, exchange: Exchange, read: Read): Promise<void> {
    if ('segments' in read && isOpen(request.method, read.segments)) return;
    const { authenticator } = this.options;
    try {
      exchange.caller = await this.#traffic.identify(request, () => authenticator.authenticate(exchange.headers));
    } catch (reason) {
      throw 'thrown' in read && !isThrottled(reason) ? read.thrown : reason;
    }
  }

  /** Everything else that can be decided before the body is read: what for, and in which format. */
  #admit(request: FastifyRequest, exchange: Exchange, read: Read): void {
    if ('thrown' in read) throw read.thrown;
    const { segments, format } = read;
    exchange.route = routeOf(request.method, segments, this.options.serving.faces);
    if (exchange.caller) refuseForbidden(exchange.caller, exchange.route, exchange.headers);
    if (format === undefined && !answersOtherwise(exchange.route)) throw notAcceptable();
    if (hasBody(exchange)) refuseOtherBody(exchange.route, { method: request.method, headers: exchange.headers });
  }

  async #answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const exchange = this.#exchanges.of(request);
    const route = exchange?.route;
    if (!exchange || !route) throw new Error('A request was answered before it was admitted.');
    const work = () => this.#auditedResponseTo(request, exchange, route);
    const response = presented(
      await this.#traffic.answer(clientOf(exchange, request), reply.raw, work),
      exchange.shown,
    );
    return sendEncoded(reply, response, exchange.headers['accept-encoding']);
  }

  /** What the server says of itself concerns nobody; everything else is entered in the audit before it is told. */
  #auditedResponseTo(request: FastifyRequest, exchange: Exchange, route: Route): FhirResponse | Promise<FhirResponse> {
    const response = this.#responseTo(request, exchange, route);
    if (!(response instanceof Promise)) return response;
    return response.then(async (answer) => {
      if (exchange.act) await this.options.serving.auditing.answered(exchange.act, route, answer);
      return answer;
    });
  }

  #responseTo(request: FastifyRequest, exchange: Exchange, route: Route): FhirResponse | Promise<FhirResponse> {
    const { capabilities, serving } = this.options;
    refuseSearchOfAll(route, exchange.query);
    if (route.interaction === 'capabilities') return this.#statement();
    if (route.interaction === 'smart-configuration') return smartConfiguration(this.options.authenticator.issuers);
    if (route.interaction === 'openapi') return capabilities().openApi;
    const asked = this.#requestOf(request, exchange, route);
    const work = (own: FhirRequest): Promise<FhirResponse> =>
      mayBeLater(route, own)
        ? answerLater(route, own, { serving, shown: exchange.shown })
        : interact(route, own, serving);
    const { method, url, body } = request;
    const sent = { method, url, headers: exchange.headers, body };
    const keyed = keyedRequestOf(sent, { route, caller: asked.caller, serving });
    return keyed ? serving.once.answer(keyed, (once) => work(withOnce(asked, once))) : work(asked);
  }

  /** With the addresses of the issuer, where it can be asked for them. */
  #statement(): FhirResponse | Promise<FhirResponse> {
    const { authenticator, capabilities } = this.options;
    const { issuers } = authenticator;
    if (!issuers || issuers.known) return capabilities().statement;
    const asked = issuers.metadata().catch(() => undefined);
    return asked.then(() => capabilities().statement);
  }

  #requestOf(request: FastifyRequest, exchange: Exchange, route: Route): FhirRequest {
    const { caller } = exchange;
    if (!caller) throw new Error('A request that needs a caller was admitted without one.');
    const { now, newId, serving } = this.options;
    const text = typeof request.body === 'string' ? request.body : '';
    const method = (request.method === 'HEAD' ? 'GET' : request.method) as FhirRequest['method'];
    const isForm = bodiesOf(route, method) === formBody;
    const sent = isForm ? { ...exchange, query: merged(exchange.query, new URLSearchParams(text)) } : exchange;
    if (isForm) refuseOddities(sent, serving.limits);
    if (isForm) exchange.shown.format = formatOfForm(exchange, sent.query);
    showAsAsked(exchange, { query: sent.query, route });
    const { auditing } = serving;
    const parsed = fhirRequestOf({ ...sent, caller, route }, { method, now: now(), newId, auditing });
    exchange.act = parsed.act;
    return { ...parsed, ...bodyIn(request.body, { route, method, headers: exchange.headers, serving }) };
  }

  async #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const exchange = this.#exchanges.of(request);
    const { bars = false, shown } = exchange ?? {};
    const refusal = await this.#audited(refusalOf(error, { bars }), error, exchange);
    if (refusal.failure) {
      const { failure, status } = refusal;
      this.options.logger.error({ ...this.#observed(request, status), status, failure }, 'unexpected error');
    }
    return sendRefusal(reply, refusal, shown);
  }

  /** The refusal, or why nothing can be told. */
  async #audited(refusal: Refusal, error: unknown, exchange: Exchange | undefined): Promise<Refusal> {
    if (!exchange || error instanceof NotAudited) return refusal;
    try {
      await this.options.serving.auditing.refused(exchange, refusal.status, exchange.correlation);
      return refusal;
    } catch (notAudited) {
      return refusalOf(notAudited, { bars: exchange.bars });
    }
  }

  /** Ids stand in the log only once they have named something: a refused one may be anything, even a patient's number. */
  #observed(request: FastifyRequest, status: number): Observed {
    const exchange = this.#exchanges.of(request);
    const { route, caller, correlation } = exchange ?? {};
    const seen: Observed = { route: route?.pattern ?? unknownPattern };
    if (route) {
      const { type, id } = targetOf(route);
      if (type !== undefined) seen.type = type;
      if (id !== undefined && status < 400) seen.id = id;
    }
    Object.assign(seen, correlation);
    if (caller) seen.client = caller.client;
    return seen;
  }
}

type Read = { segments: readonly string[]; format: Format | undefined } | { thrown: unknown };

function isThrottled(reason: unknown): boolean {
  return reason instanceof FhirError && reason.status === 429;
}

/** Whose share of this process a request takes. */
function clientOf({ caller }: Exchange, { ip }: FastifyRequest): string {
  return caller?.client ?? `address ${networkOf(ip)}`;
}

/** A form may name the format, as the query of its address may. */
function formatOfForm({ headers }: Exchange, query: URLSearchParams): Format {
  const format = formatFor(headers['accept'], query.get('_format'));
  if (format === undefined) throw notAcceptable();
  return format;
}

function merged(query: URLSearchParams, more: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query, ...more]);
}
