import type { FastifyInstance, FastifyReply } from 'fastify';
import { operationOutcome, stringifyJson } from '#fhir';
import type { Refusal } from './errors.js';
import { compress, encodingFor } from './formats/compression.js';
import { type Presentation, presented } from './formats/presentation.js';
import { fhirJson } from './headers.js';
import type { FhirResponse } from './operation.js';

/** Sends what an interaction answered. Nothing of it may be kept by a cache on the way. */
export function sendResponse(reply: FastifyReply, response: FhirResponse): FastifyReply {
  const { status, headers = {}, contentType = fhirJson } = response;
  reply.code(status).headers(protection).headers(headers);
  if (response.bytes) return reply.header('content-type', contentType).send(response.bytes);
  const content = response.content ?? (response.resource && stringifyJson(response.resource));
  if (content === undefined) return reply.send();
  return reply.header('content-type', contentType).send(content);
}

/** The same, compressed where the client takes that and it is worth it. */
export function sendEncoded(
  reply: FastifyReply,
  response: FhirResponse,
  accepted: string | undefined,
): FastifyReply | Promise<FastifyReply> {
  if (accepted === undefined) return sendResponse(reply, response);
  const content = response.content ?? (response.resource && stringifyJson(response.resource));
  const encoding = content === undefined ? undefined : encodingFor(accepted, content);
  if (content === undefined || encoding === undefined) return sendResponse(reply, response);
  const { status, headers = {}, contentType = fhirJson } = response;
  return compress(content, encoding).then((bytes) =>
    reply
      .code(status)
      .headers(protection)
      .headers({ ...headers, 'content-encoding': encoding, vary: 'accept-encoding', 'content-type': contentType })
      .send(bytes),
  );
}

/** Sends an error as OperationOutcome, in the format that was asked for. */
export function sendRefusal(
  reply: FastifyReply,
  { status, issues, headers }: Refusal,
  { format, pretty }: Omit<Presentation, 'subset'> = { format: 'json', pretty: false },
): FastifyReply {
  const response = { status, headers: { ...headers }, resource: operationOutcome(issues) };
  return sendResponse(reply, presented(response, { format, pretty }));
}

/** Nothing is kept on the way, guessed to be a page, run or framed, and no address leaks into another page's requests. */
const protection = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
};

/** The same for answers that are sent by others (health, metrics, what is not found), unless they say something else. */
export function protectOthers(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(protection);
    done();
  });
}
