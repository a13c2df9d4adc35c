import type { FastifyReply, FastifyRequest } from 'fastify';
import { FhirError } from '#fhir';
import { type Logger, requestIdHeader } from '#observability';
import { AssertionRefused } from '../assertions/assertion-refused.js';
import { show } from '../pages/show.js';
import { TokenRefused } from '../tokens/token-refused.js';

/** The address of the NHS's way, with its own statuses. */
export const nhsTokenPath = '/oauth2/token';

interface Refusal {
  status: number;
  error: string;
  description: string;
  headers?: Readonly<Record<string, string>>;
}

/** Says why, in OAuth's words; what is not the caller's fault is logged by its kind and told as such. */
export function answerRefusal(
  thrown: unknown,
  { request, reply, log }: { request: FastifyRequest; reply: FastifyReply; log: Logger },
): FastifyReply {
  const isNhs = request.routeOptions.url === nhsTokenPath;
  const { status, error, description, headers = {} } = refusalOf(thrown, isNhs);
  const requestId = reply.getHeader(requestIdHeader);
  note(thrown, { status, error, requestId, log });
  return reply
    .code(status)
    .headers(headers)
    .header('cache-control', 'no-store')
    .header('pragma', 'no-cache')
    .header('content-type', 'application/json')
    .send(JSON.stringify({ error, error_description: description, ...(isNhs ? { message_id: requestId } : {}) }));
}

/** The same to whoever looks at a page. */
export function showRefusal(
  thrown: unknown,
  { reply, log }: { request: FastifyRequest; reply: FastifyReply; log: Logger },
): FastifyReply {
  const { status, error, description, headers = {} } = refusalOf(thrown, false);
  note(thrown, { status, error, requestId: reply.getHeader(requestIdHeader), log });
  return show(reply.code(status).headers(headers), 'Sign in', { words: [description] });
}

function note(
  thrown: unknown,
  { status, error, requestId, log }: { status: number; error: string; requestId: unknown; log: Logger },
): void {
  const kind = thrown instanceof AssertionRefused ? thrown.fault : thrown instanceof Error ? thrown.name : 'unknown';
  if (status >= 500) log.error({ requestId, kind }, 'token request failed');
  else log.info({ requestId, kind, error }, 'token request refused');
}

function refusalOf(thrown: unknown, isNhs: boolean): Refusal {
  if (thrown instanceof TokenRefused)
    return { status: thrown.status, error: thrown.error, description: thrown.description };
  if (thrown instanceof AssertionRefused) {
    return isNhs
      ? { status: thrown.nhsStatus, error: thrown.nhsError, description: thrown.message }
      : { status: 401, error: 'invalid_client', description: thrown.message };
  }
  if (thrown instanceof FhirError) {
    const description = thrown.issues[0]?.diagnostics ?? 'This cannot be answered just now; try again.';
    return { status: thrown.status, error: 'temporarily_unavailable', description, headers: thrown.headers };
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
