import type { IncomingMessage } from 'node:http';
import httpProxy from '@fastify/http-proxy';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { FhirError } from '#fhir';
import { fastifyOptions, formatFor, mediaTypes, toXml } from '#fhir-server';
import { type Correlation, correlationIdHeader, correlationOf, type Logger, requestIdHeader } from '#observability';
import { askAll, problemsOf, type Upstreams } from './all-services.js';
import { BodyOnItsWay } from './body-on-its-way.js';
import { type Destination, destinationOf } from './destination.js';
import { answerLost, notReached, sendFault, sendJson, sendText, tooLate } from './faults.js';
import { oneOpenApi, oneStatement } from './one-statement.js';
import { answerHeaders, requestHeaders } from './passing-headers.js';

export interface EdgeOptions extends Upstreams {
  /** The issuer stands behind it too. */
  issuer?: boolean;
  newId: () => string;
  log: Logger;
  /** How long a service may be silent before its answer counts as lost. */
  patienceMs?: number;
  /** Adds hooks and addresses of the sandbox. */
  besides?: (edge: FastifyInstance) => void;
}

/** One request on its way. */
interface Passage {
  correlation: Correlation;
  destination: Destination;
}

/** One address for services in processes of their own. */
export function createEdge(options: EdgeOptions): FastifyInstance {
  const edge = fastify(fastifyOptions(options));
  options.besides?.(edge);
  new Edge(options).mount(edge);
  return edge;
}

class Edge {
  readonly #passages = new WeakMap<object, Passage>();

  constructor(private readonly options: EdgeOptions) {}

  mount(edge: FastifyInstance): void {
    edge.get('/health/live', (_request, reply) => reply.send({ status: 'live' }));
    edge.get('/health/ready', async (_request, reply) => this.#tellReadiness(reply));
    void edge.register((scope, _options, done) => {
      this.#pass(scope);
      done();
    });
  }

  #pass(scope: FastifyInstance): void {
    // A body is handed on as it comes; how long it may be is for the service to say.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage, done) => {
      done(null, new BodyOnItsWay(payload));
    });
    scope.addHook('onRequest', (request, reply, done) => {
      this.#admit(request, reply);
      done();
    });
    scope.setErrorHandler((error, request, reply) => this.#refuse(error, request, reply));
    scope.setNotFoundHandler(() => {
      throw nothingHere();
    });
    const { patienceMs = 60_000 } = this.options;
    void scope.register(httpProxy, {
      upstream: '',
      proxyPayloads: false,
      disableCache: true,
      disableRequestLogging: true,
      destroyAgent: true,
      internalRewriteLocationHeader: false,
      http: { requestOptions: { timeout: patienceMs } },
      handler: (request, reply) => this.#answer(request, reply),
      replyOptions: { getUpstream: (request) => this.#addressFor(request) },
    });
  }

  /** Decides where the request goes before its body is read. */
  #admit(request: FastifyRequest, reply: FastifyReply): void {
    const correlation = correlationOf(request.headers, this.options.newId);
    reply.header(requestIdHeader, correlation.requestId).header(correlationIdHeader, correlation.correlationId);
    const destination = destinationOf(request.raw.url ?? '', this.options.services);
    if (!destination) throw nothingHere();
    this.#passages.set(request, { correlation, destination });
    this.#addressFor(request);
  }

  #answer(request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> {
    const { destination } = this.#passageOf(request);
    const { told } = destination;
    if (told !== undefined && ['GET', 'HEAD'].includes(request.method)) return this.#tellAll(told, request, reply);
    const { body } = request;
    if (body instanceof BodyOnItsWay) {
      reply.raw.once('finish', () => {
        body.dropTheRest();
      });
    }
    let answered = false;
    return reply.from(destination.path, {
      // The caller knows whether a request may be sent twice; the edge does not.
      retryDelay: () => null,
      getUpstream: () => this.#addressFor(request),
      rewriteRequestHeaders: (_request, headers) => requestHeaders(request, headers),
      rewriteHeaders: answerHeaders,
      onResponse: (_request, _reply, response) => {
        answered = true;
        if (body instanceof BodyOnItsWay) reply.removeHeader('connection');
        void reply.send(response.stream);
      },
      onError: (_reply, { error }) => {
        // A service may answer before it has read the whole body; what breaks afterwards changes nothing.
        if (answered) return;
        answered = true;
        this.#refuse(this.#faultOf(error, request), request, reply);
      },
    });
  }

  async #tellAll(
    told: NonNullable<Destination['told']>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { correlation, destination } = this.#passageOf(request);
    const [, ...parameters] = request.url.split('?');
    const query = new URLSearchParams(parameters.join('?'));
    const isXml = told === 'metadata' && formatFor(request.headers.accept, query.get('_format')) === 'xml';
    // Only JSON is put together here; XML is made of the whole.
    if (isXml) query.set('_format', 'json');
    const path = [destination.path, query.toString()].filter((part) => part !== '').join('?');
    const answers = await askAll(this.options, { path, accept: request.headers.accept, correlation });
    const other = answers.find(({ status }) => status !== 200);
    if (other) return reply.code(other.status).header('content-type', other.contentType).send(other.text);
    const texts = answers.map(({ text }) => text);
    const whole = told === 'metadata' ? oneStatement(texts) : oneOpenApi(texts);
    if (isXml) return sendText(reply, toXml(whole), mediaTypes.xml);
    return sendJson(reply, whole, answers[0]?.contentType ?? '');
  }

  async #tellReadiness(reply: FastifyReply): Promise<FastifyReply> {
    const { services, issuer } = this.options;
    const problems = await problemsOf([...services, ...(issuer === true ? (['issuer'] as const) : [])], this.options);
    return reply
      .code(problems.length === 0 ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: problems.length === 0 ? 'ready' : 'not ready', problems });
  }

  #faultOf(cause: Error, request: FastifyRequest): FhirError {
    const { service } = this.#passageOf(request).destination;
    const codes = codesOf(cause);
    if (codes.includes('ECONNREFUSED')) return notReached(service, cause);
    const timeout = codes.some((code) => code.includes('TIMEOUT'));
    if (!['GET', 'HEAD'].includes(request.method)) return answerLost(service, { timeout, cause });
    return timeout ? tooLate(service, cause) : notReached(service, cause);
  }

  #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const passage = this.#passages.get(request);
    sendFault(reply, error);
    if (reply.statusCode >= 500) {
      const { correlation, destination } = passage ?? {};
      const part = destination === undefined ? {} : { upstream: destination.service };
      this.options.log.warn({ ...correlation, ...part, status: reply.statusCode, codes: codesOf(error) }, 'not passed');
    }
    return reply;
  }

  #addressFor(request: object): string {
    const { service } = this.#passageOf(request).destination;
    const address = this.options.addressOf(service);
    if (address === undefined) throw notReached(service);
    return address;
  }

  #passageOf(request: object): Passage {
    const passage = this.#passages.get(request);
    if (!passage) throw new Error('A request was answered before it was admitted.');
    return passage;
  }
}

function nothingHere(): FhirError {
  return FhirError.of('not-found', 'Nothing is served at this address; GET /fhir/metadata tells what is.');
}

/** The codes of an error and of what caused it. */
function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return [...code, ...('cause' in error ? codesOf(error.cause) : [])];
}
