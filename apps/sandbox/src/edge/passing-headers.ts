import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** Headers of one connection, not of the message (RFC 9110, 7.6.1). `transfer-encoding` is written anew by Node. */
const ofTheConnection = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'http2-settings',
];
/** Where a request came from, as told by somebody before this edge: nobody whom it knows. */
const ofAnotherEdge = [
  'forwarded',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-real-ip',
  // What a client says of its own certificate proves nothing (RFC 9440, 4), and this edge is shown none.
  'client-cert',
  'client-cert-chain',
];

/** What a service is sent. Ids are the caller's or none: some operations refuse a request that bears none. */
export function requestHeaders(request: FastifyRequest, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const withoutBody = ['GET', 'HEAD'].includes(request.method) ? ['content-length', 'transfer-encoding'] : [];
  return {
    ...without(headers, [...ofTheConnection, ...ofAnotherEdge, ...withoutBody]),
    'x-forwarded-for': request.ip,
    'x-forwarded-proto': request.protocol,
    'x-forwarded-host': request.host,
  };
}

/** What the caller is answered. */
export function answerHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return without(headers, [...ofTheConnection, 'transfer-encoding', ...named]);
}

function without(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
