import type { FastifyReply } from 'fastify';
import { error, FhirError, type Issue, operationOutcome } from '#fhir';

const fhirJson = 'application/fhir+json; charset=utf-8';

/** Answers an error as the services do. */
export function sendFault(reply: FastifyReply, thrown: unknown): FastifyReply {
  const { status, issues, headers } = faultOf(thrown);
  return sendJson(reply.code(status).headers(headers), operationOutcome(issues), fhirJson);
}

export function sendJson(reply: FastifyReply, body: object, contentType: string): FastifyReply {
  return sendText(reply, JSON.stringify(body), contentType);
}

export function sendText(reply: FastifyReply, text: string, contentType: string): FastifyReply {
  return reply
    .headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-type': contentType })
    .send(text);
}

/** The service took nothing of the request: it can be sent again without harm. */
export function notReached(service: string, cause?: unknown): FhirError {
  const issue = error('transient', `The ${service} service does not answer just now; send the request again shortly.`);
  return new FhirError([issue], { status: 503, headers: { 'retry-after': '2' }, cause });
}

/** The connection ended, or the time, before the service answered a request that it may have carried out. */
export function answerLost(service: string, { timeout, cause }: { timeout: boolean; cause: unknown }): FhirError {
  const diagnostics =
    `The ${service} service did not answer this request. Whether it took effect is not known: ` +
    'look for its effect before you send it again.';
  return new FhirError([error(timeout ? 'timeout' : 'incomplete', diagnostics)], {
    status: timeout ? 504 : 502,
    cause,
  });
}

/** Nothing was to be changed, so nothing can be in doubt. */
export function tooLate(service: string, cause: unknown): FhirError {
  const issue = error('timeout', `The ${service} service did not answer in time; ask for less, or ask again.`);
  return new FhirError([issue], { status: 504, cause });
}

interface Fault {
  status: number;
  issues: readonly Issue[];
  headers: Readonly<Record<string, string>>;
}

function faultOf(thrown: unknown): Fault {
  if (thrown instanceof FhirError) return thrown;
  const status = statusIn(thrown);
  if (status >= 400 && status < 500) return { status, issues: [notHttp], headers: {} };
  return { status: 500, issues: [failed], headers: {} };
}

const notHttp = error('invalid', 'This is not a well-formed HTTP request: check its address, headers and length.');
const failed = error('exception', 'The edge failed. Its log tells the cause under the X-Request-Id of this answer.');

/** Fastify's own faults bear their HTTP status; their messages quote the request and are not repeated. */
function statusIn(thrown: unknown): number {
  return typeof thrown === 'object' && thrown !== null && 'statusCode' in thrown ? Number(thrown.statusCode) : NaN;
}
