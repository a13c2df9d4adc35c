import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';

/** A request whose body was read, as oidc-provider reads one: its address below the issuer's, its scheme as callers know it. */
export function requestFor(request: FastifyRequest, issuer: string): IncomingMessage {
  const { raw } = request;
  const { pathname, protocol, host } = new URL(issuer);
  const body = typeof request.body === 'string' ? Buffer.from(request.body) : undefined;
  const headers = {
    ...Object.fromEntries(Object.entries(raw.headers).filter(([name]) => !ofTheConnection.includes(name))),
    host,
    'x-forwarded-proto': protocol.slice(0, -1),
    ...(body ? { 'content-length': String(body.length) } : {}),
  };
  const url = (raw.url ?? '').slice(pathname.length) || '/';
  const { method, socket, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders } = raw;
  const parts = {
    method,
    headers,
    url,
    originalUrl: raw.url,
    socket,
    httpVersion,
    httpVersionMajor,
    httpVersionMinor,
    rawHeaders,
  };
  return Object.assign(Readable.from(body ? [body] : [], { objectMode: false }), parts) as unknown as IncomingMessage;
}

const ofTheConnection = ['x-forwarded-host', 'transfer-encoding'];

/** Lets the provider answer. */
export async function passOn(
  { provider, issuer }: { provider: Provider; issuer: string },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const answer = provider.callback() as unknown as (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ) => Promise<void>;
  const headers = Object.entries(reply.getHeaders());
  reply.hijack();
  for (const [name, value] of headers) if (value !== undefined) reply.raw.setHeader(name, value);
  await answer(requestFor(request, issuer), reply.raw);
}
