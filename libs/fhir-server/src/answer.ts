import type { FastifyReply } from 'fastify';
import { operationOutcome, stringifyJson } from '#fhir';
import type { Refusal } from './errors.js';
import { fhirJson } from './headers.js';
import type { FhirResponse } from './operation.js';

/** Sends what an interaction answered. Nothing of it may be kept by a cache on the way. */
export function sendResponse(reply: FastifyReply, response: FhirResponse): FastifyReply {
  const { status, headers = {}, contentType = fhirJson } = response;
  reply.code(status).headers(protection).headers(headers);
  const content = response.content ?? (response.resource && stringifyJson(response.resource));
  if (content === undefined) return reply.send();
  return reply.header('content-type', contentType).send(content);
}

/** Sends an error as OperationOutcome. */
export function sendRefusal(reply: FastifyReply, { status, issues, headers }: Refusal): FastifyReply {
  return sendResponse(reply, { status, headers: { ...headers }, resource: operationOutcome(issues) });
}

const protection = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
