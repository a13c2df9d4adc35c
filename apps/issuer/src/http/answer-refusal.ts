import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, requestIdHeader } from '#observability';
import { AssertionRefused } from '../assertions/assertion-refused.js';
import { TokenRefused } from '../tokens/token-refused.js';

/** The address of the NHS's way, with its own statuses. */
export const nhsTokenPath = '/oauth2/token';

interface Refusal {
  status: number;
  error: string;
  description: string;
}

/** Says why, in OAuth's words; what is not the caller's fault is logged by its kind and told as such. */
export function answerRefusal(
  thrown: unknown,
  { request, reply, log }: { request: FastifyRequest; reply: FastifyReply; log: Logger },
): FastifyReply {
  const isNhs = request.routeOptions.url === nhsTokenPath;
  const { status, error, description } = refusalOf(thrown, isNhs);
  const requestId = reply.getHeader(requestIdHeader);
  const kind = thrown instanceof AssertionRefused ? thrown.fault : thrown instanceof Error ? thrown.name : 'unknown';
  if (status >= 500) log.error({ requestId, kind }, 'token request failed');
  else log.info({ requestId, kind, error }, 'token request refused');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('pragma', 'no-cache')
    .header('content-type', 'application/json')
    .send(JSON.stringify({ error, error_description: description, ...(isNhs ? { message_id: requestId } : {}) }));
}

function refusalOf(thrown: unknown, isNhs: boolean): Refusal {
  if (thrown instanceof TokenRefused)
    return { status: thrown.status, error: thrown.error, description: thrown.description };
  if (thrown instanceof AssertionRefused) {
    return isNhs
      ? { status: thrown.nhsStatus, error: thrown.nhsError, description: thrown.message }
      : { status: 401, error: 'invalid_client', description: thrown.message };
  }
  const status = statusOf(thrown);
  if (status < 500) return { status, error: 'invalid_request', description: 'The request is not well-formed.' };
  const isBusy = thrown instanceof Error && thrown.name === 'DatabaseUnavailable';
  return isBusy
    ? { status: 503, error: 'temporarily_unavailable', description: 'This cannot be answered just now; try again.' }
    : { status: 500, error: 'server_error', description: 'This could not be answered.' };
}

/** Fastify's own refusals (too long, no content type) bear a status. */
function statusOf(thrown: unknown): number {
  const status: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'statusCode') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
