import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FhirError } from '#fhir';
import { type AskedFaults, askedFaults, failHeader, faultsOfTarget } from './asked-faults.js';
import { correlationIdHeader, requestIdHeader } from '#observability';
import { bytesOf, passedHeaders } from './delivered-again.js';
import { answerAsProxy, answerFault, faultOf } from './fault-answer.js';
import { mountRelay } from './mount-relay.js';
import { targetIn, targetInMessage } from './target.js';
import { Tries } from './tries.js';

export interface FaultsOptions {
  /** What it listens on: a loopback address, or it does not start. */
  host: string;
  newId: () => string;
  /** How it waits; a clock of their own, for tests. */
  wait?: (ms: number) => Promise<unknown>;
}

/** Bodies up to this many bytes are looked at, or delivered twice. */
const lookedAt = 1_048_576;

/**
 * Lets callers ask for what goes wrong in real life: by the header X-Ginnel-Fail, or by a target that stands for an error.
 * For sandboxes: whoever reaches the address may use it.
 */
export function mountFaults(fastify: FastifyInstance, { host, newId, wait = pause }: FaultsOptions): void {
  if (!['127.0.0.1', '::1', 'localhost'].includes(host)) {
    throw new Error('Failing on purpose is for a sandbox on a loopback address.');
  }
  const faults = new Faults(newId, wait);
  fastify.addHook('onRequest', (request, reply) => faults.begin(request, reply));
  fastify.addHook('preParsing', (request, _reply, payload) => faults.look(request, payload as IncomingMessage));
  fastify.addHook('onSend', (request, reply) => {
    faults.end(request, reply);
    return Promise.resolve();
  });
  mountRelay(fastify, { newId, wait });
}

class Faults {
  readonly #asked = new WeakMap<object, AskedFaults>();
  readonly #tries = new Tries();

  constructor(
    private readonly newId: () => string,
    private readonly wait: (ms: number) => Promise<unknown>,
  ) {}

  /** Before the caller is known: what fails here says nothing about anybody. */
  async begin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    if (!isOfTheBase(request)) return undefined;
    const asked = this.#understood(request);
    if (asked instanceof FhirError) return answerFault(request, reply, asked, this.newId);
    this.#asked.set(request, asked);
    if (asked.delayMs !== undefined) await this.wait(asked.delayMs);
    const failed = this.#failed(asked, request, reply);
    if (!failed && asked.duplicate === true && isBodiless(request)) await deliver(request);
    return failed;
  }

  /** What needs the body: a destination that stands for an error, and the same request twice. */
  async look(request: FastifyRequest, payload: IncomingMessage): Promise<Readable> {
    const asked = this.#asked.get(request);
    const isMessage = pathOf(request).endsWith('/$process-message');
    const isTwice = asked?.duplicate === true;
    if (!asked || (!isMessage && !isTwice) || !isShort(request)) return payload;
    const body = await bytesOf(payload);
    const meant = isMessage ? faultsOfTarget(targetInMessage(body.toString('utf8'))) : undefined;
    if (meant?.error) throw faultOf(meant.error);
    if (isTwice) await deliver(request, body);
    // An edge that hands bodies on asks whether all of it came.
    return Object.assign(Readable.from([body]), { complete: true });
  }

  end(request: FastifyRequest, reply: FastifyReply): void {
    const asked = this.#asked.get(request);
    if (asked?.withoutIds === true) reply.removeHeader(requestIdHeader).removeHeader(correlationIdHeader);
    if (asked?.lostAnswer === true) request.raw.socket.destroy();
  }

  #understood(request: FastifyRequest): AskedFaults | FhirError {
    try {
      const asked = this.#askedBy(request);
      return asked.duplicate !== true || isBodiless(request) || isShort(request) ? asked : notTwice();
    } catch (error) {
      if (error instanceof FhirError) return error;
      throw error;
    }
  }

  /** By the header; without it by the target. Nothing any more, where it was to fail so often and has. */
  #askedBy(request: FastifyRequest): AskedFaults {
    const { [failHeader]: header, [requestIdHeader]: requestId = '' } = request.headers;
    const target = targetIn(request.headers['nhsd-target-identifier']);
    const asked = typeof header === 'string' ? askedFaults(header) : faultsOfTarget(target);
    if (asked?.times === undefined) return asked ?? {};
    const key = [request.method, request.url, String(requestId), String(header)].join(' ');
    return this.#tries.count(key) > asked.times ? {} : asked;
  }

  #failed(
    { error, withoutOutcome }: AskedFaults,
    request: FastifyRequest,
    reply: FastifyReply,
  ): FastifyReply | undefined {
    if (withoutOutcome === true) return answerAsProxy(reply);
    return error ? answerFault(request, reply, faultOf(error), this.newId) : undefined;
  }
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '';
}

function isShort({ headers }: FastifyRequest): boolean {
  return Number(headers['content-length'] ?? Number.NaN) <= lookedAt;
}

function isBodiless({ headers }: FastifyRequest): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

function notTwice(): FhirError {
  const diagnostics =
    'X-Ginnel-Fail: duplicate needs a Content-Length of a megabyte at most, or a request without a body.';
  return FhirError.of('not-supported', diagnostics, { status: 400 });
}

function isOfTheBase(request: FastifyRequest): boolean {
  return /^\/fhir(\/|$)/.test(pathOf(request));
}

/** The same request, sent to where it came to; what it is answered is nobody's. */
async function deliver({ method, url, headers, raw }: FastifyRequest, body?: Buffer): Promise<void> {
  const { localAddress = '127.0.0.1', localPort = 0 } = raw.socket;
  const host = localAddress.includes(':') ? `[${localAddress}]` : localAddress;
  const answer = await fetch(`http://${host}:${String(localPort)}${url}`, {
    method,
    headers: passedHeaders(headers).filter(([name]) => name !== failHeader),
    ...(body && body.length > 0 ? { body: new Uint8Array(body) } : {}),
  });
  await answer.arrayBuffer();
}
