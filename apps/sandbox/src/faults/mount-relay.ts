import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FhirError } from '#fhir';
import { type AskedFaults, askedFaults } from './asked-faults.js';
import { bytesOf, passedHeaders } from './delivered-again.js';
import { answerAsProxy, answerFault, faultOf } from './fault-answer.js';
import { Tries } from './tries.js';

export interface RelayOptions {
  newId: () => string;
  wait: (ms: number) => Promise<unknown>;
}

/** `/failing/<what goes wrong>/<port>/<path>` */
export const relayPath = '/failing';

/**
 * Stands between Ginnel and a receiver on this machine, and does to a notification or message what its address asks for.
 * The receiver gets the bytes and headers that were sent, so that signatures hold.
 */
export function mountRelay(fastify: FastifyInstance, options: RelayOptions): void {
  const tries = new Tries();
  void fastify.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => bytesOf(payload));
    scope.post(`${relayPath}/:asked/:port/*`, async (request, reply) => {
      try {
        return await relay(request, reply, { ...options, tries });
      } catch (error) {
        if (error instanceof FhirError) return answerFault(request, reply, error, options.newId);
        throw error;
      }
    });
    done();
  });
}

async function relay(
  request: FastifyRequest,
  reply: FastifyReply,
  { tries, newId, wait }: RelayOptions & { tries: Tries },
): Promise<FastifyReply> {
  const { asked: text, port } = request.params as { asked: string; port: string };
  const asked = stillAsked(askedFaults(text), request, tries);
  if (asked.delayMs !== undefined) await wait(asked.delayMs);
  if (asked.withoutOutcome === true) return answerAsProxy(reply);
  if (asked.error) return answerFault(request, reply, faultOf(asked.error), newId);
  const first = await deliverTo(port, request);
  const answer = asked.duplicate === true ? await deliverTo(port, request) : first;
  if (asked.lostAnswer === true) {
    request.raw.socket.destroy();
    return reply.hijack();
  }
  const { status, headers, body } = answer;
  const ids = asked.withoutIds === true ? ['x-request-id', 'x-correlation-id'] : [];
  return reply
    .code(status)
    .headers(Object.fromEntries(headers.filter(([name]) => !ids.includes(name))))
    .send(body);
}

function stillAsked(asked: AskedFaults, { url, headers }: FastifyRequest, tries: Tries): AskedFaults {
  if (asked.times === undefined) return asked;
  const { 'webhook-id': webhookId, 'x-request-id': requestId } = headers;
  return tries.count(`${url} ${String(webhookId ?? requestId)}`) > asked.times ? {} : asked;
}

interface Answer {
  status: number;
  headers: [string, string][];
  body: Buffer;
}

/** To a receiver on this machine and nowhere else. */
async function deliverTo(port: string, { url, headers, body }: FastifyRequest): Promise<Answer> {
  const path = url.split('/').slice(4).join('/');
  if (!/^\d{1,5}$/.test(port))
    throw FhirError.of('value', 'The third part of the address is the port of a receiver here.');
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`, {
      method: 'POST',
      headers: passedHeaders(headers),
      body: new Uint8Array(body as Buffer),
      redirect: 'manual',
    });
    const kept = [...answer.headers].filter(
      ([name]) =>
        !['connection', 'keep-alive', 'transfer-encoding', 'content-encoding', 'content-length'].includes(name),
    );
    return { status: answer.status, headers: kept, body: Buffer.from(await answer.arrayBuffer()) };
  } catch (cause) {
    throw new FhirError(FhirError.of('transient', 'The receiver on this machine does not answer.').issues, {
      status: 502,
      cause,
    });
  }
}
