import type { FastifyReply, FastifyRequest } from 'fastify';

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const sent =
  'Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Idempotency-Key, Prefer, X-Correlation-Id, X-Request-Id';
const shown =
  'Content-Location, ETag, Last-Modified, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Correlation-Id, X-Progress, X-Request-Id';

/**
 * Lets pages of these origins (`https://console.example`) call; no others, and nobody with cookies. True where it has
 * answered: a browser's question before a call. https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function answersPreflight(request: FastifyRequest, reply: FastifyReply, origins: ReadonlySet<string>): boolean {
  if (origins.size === 0) return false;
  void reply.header('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.has(origin)) return false;
  void reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', shown);
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false;
  void reply
    .code(204)
    .header('access-control-allow-methods', methods)
    .header('access-control-allow-headers', sent)
    .header('access-control-max-age', '600')
    .send();
  return true;
}

/** Origins as browsers send them: scheme, host and port, nothing more. Another one stops the start. */
export function originsOf(named: readonly string[]): ReadonlySet<string> {
  for (const origin of named) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new Error('An origin is a scheme, a host and maybe a port, such as https://console.example.');
  }
  return new Set(named);
}
