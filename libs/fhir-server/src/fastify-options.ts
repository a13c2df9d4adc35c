import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import { operationOutcome, stringifyJson } from '#fhir';
import { correlationIdHeader, correlationOf, requestIdHeader } from '#observability';
import { sendRefusal } from './answer.js';
import { withBarsCodes } from './bars-codes.js';
import { refusalOf, refusalOfStatus } from './errors.js';
import { fhirJson } from './headers.js';
import { type Limits, limitsOf } from './limits.js';

export interface ListeningOptions {
  newId: () => string;
  /** The usual ones unless told. */
  limits?: Partial<Limits>;
  /** Addresses and networks (`10.0.0.0/8`) of proxies whose X-Forwarded-For tells the caller's address; none unless told. */
  trustedProxies?: readonly string[];
}

/**
 * Options that the Fastify instance of a FhirServer must be made with: faults that Fastify or Node find before any route
 * (an address that is not one, headers that are too long) are answered as OperationOutcome too, and quote nothing.
 */
export function fastifyOptions({
  newId,
  limits,
  trustedProxies = [],
}: ListeningOptions): FastifyHttpOptions<RawServerDefault> {
  const { headersMs, arrivalMs } = limitsOf(limits);
  return {
    logger: false,
    requestTimeout: arrivalMs,
    // Node looks for what is late every half minute unless told, however short the time that it is given.
    http: { headersTimeout: headersMs, connectionsCheckingInterval: Math.min(headersMs, arrivalMs, 2_000) },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const { requestId, correlationId } = correlationOf(request.headers, newId);
      reply.header(requestIdHeader, requestId).header(correlationIdHeader, correlationId);
      sendRefusal(reply, refusalOf(error));
    },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
      else socket.end(rawAnswer(error, newId));
    },
  };
}

/** What Node could not read as HTTP has no reply object: the answer is written by hand. */
function rawAnswer(error: NodeJS.ErrnoException, newId: () => string): string {
  const { code } = error;
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[code ?? ''] ?? 400;
  // Of which address it is may never have come: a sender of messages reads these codes, others leave them alone.
  const body = stringifyJson(operationOutcome(withBarsCodes(refusalOfStatus(status).issues, status)));
  const sent = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : Buffer.alloc(0);
  const { requestId, correlationId } = correlationOf(idsIn(sent), newId);
  const head = [
    `HTTP/1.1 ${String(status)} ${reasons[status] ?? 'Bad Request'}`,
    `Content-Type: ${fhirJson}`,
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    `X-Request-Id: ${requestId}`,
    `X-Correlation-Id: ${correlationId}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  // A client that asked for the head alone would take a body for the next answer.
  const isHead = sent.subarray(0, 5).toString('latin1') === 'HEAD ';
  return `${head.join('\r\n')}\r\n\r\n${isHead ? '' : body}`;
}

/** The ids that the client sent, as far as they came: of the last request, where several stand in one packet. */
function idsIn(sent: Buffer): Record<string, string> {
  const lines = sent.toString('latin1').matchAll(/^(x-request-id|x-correlation-id):[ \t]*(\S+)[ \t]*\r?$/gim);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name.toLowerCase(), value]));
}

const reasons: Record<number, string> = { 408: 'Request Timeout', 431: 'Request Header Fields Too Large' };
