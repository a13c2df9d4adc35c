import type { FastifyReply, FastifyRequest } from 'fastify';
import { FhirError, operationOutcome } from '#fhir';
import { formatFor, mediaTypes, toXml } from '#fhir-server';
import { correlationIdHeader, correlationOf, requestIdHeader } from '#observability';
import { sendText } from '../edge/faults.js';
import { type ErrorRow, nameOf } from './error-rows.js';

/** What the standard wants beside the OperationOutcome. */
const headersOf: Readonly<Record<number, Record<string, string>>> = {
  401: { 'www-authenticate': 'Bearer' },
  405: { allow: 'POST' },
  425: { 'retry-after': '1' },
  429: { 'retry-after': '1' },
  503: { 'retry-after': '1' },
};
const system = 'https://fhir.nhs.uk/Codesystem/http-error-codes';

/** The error, as a receiver that means it would answer. */
export function faultOf(row: ErrorRow): FhirError {
  const issue = {
    severity: 'error' as const,
    code: row.issue,
    diagnostics: `Nothing is wrong: ${nameOf(row)} was asked for, and nothing was done.`,
    details: { coding: [{ system, code: row.code }] },
  };
  return new FhirError([issue], { status: row.status, headers: headersOf[row.status] ?? {} });
}

/** Answers in the format that was asked for, with the ids of the request. */
export function answerFault(
  request: FastifyRequest,
  reply: FastifyReply,
  error: FhirError,
  newId: () => string,
): FastifyReply {
  const { requestId, correlationId } = correlationOf(request.headers, newId);
  const outcome = operationOutcome(error.issues);
  const isXml =
    formatFor(request.headers.accept, new URLSearchParams(request.url.split('?')[1]).get('_format')) === 'xml';
  reply
    .code(error.status)
    .headers({ ...error.headers, [requestIdHeader]: requestId, [correlationIdHeader]: correlationId });
  return isXml
    ? sendText(reply, toXml(outcome), mediaTypes.xml)
    : sendText(reply, JSON.stringify(outcome), 'application/fhir+json; charset=utf-8');
}

/** What a proxy says that is no FHIR server. */
export function answerAsProxy(reply: FastifyReply): FastifyReply {
  return sendText(reply.code(502), '<html><body><h1>502 Bad Gateway</h1></body></html>', 'text/html');
}
