import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Issuer } from '../issuer.js';
import type { TokenAnswer } from '../tokens/client-tokens.js';
import { type Form, formIn } from '../tokens/token-request.js';
import { TokenRefused } from '../tokens/token-refused.js';
import { nhsTokenPath } from './answer-refusal.js';
import type { Guard } from './guard.js';

type Pass = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

interface Parts {
  issuer: Issuer;
  pass: Pass;
  guard: Guard;
}

interface Asked {
  /** The address that the request was sent to, as clients know it. */
  endpoint: string;
  /** A request without scope means all that is registered: the NHS's way. */
  scopeOptional: boolean;
}

/** Tokens, and their end. */
export function mountTokens(scope: FastifyInstance, { issuer, pass, guard }: Parts): void {
  const { origin } = issuer.options;
  scope.addHook('onRequest', (request) => guard.listen(request));
  // Not before the body has come: whoever sends slowly holds no place.
  scope.addHook('preHandler', (_request, reply, next) => {
    guard.enter(reply);
    next();
  });
  scope.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode >= 400 && reply.statusCode < 500 && reply.statusCode !== 429) await guard.refused(request);
  });
  const answer = async (request: FastifyRequest, reply: FastifyReply, asked: Asked): Promise<FastifyReply> => {
    const form = formOf(request);
    issuer.tokens.check(form);
    const client = await issuer.tokens.authenticate(form, asked.endpoint);
    await guard.token(client.id, reply);
    return send(reply, await issuer.tokens.give(client, { form, ...asked }));
  };
  scope.post('/auth/token', async (request, reply) => {
    // What people sign in for is the provider's; systems are answered here, by SMART's stricter rules.
    if (formOf(request)['grant_type'] === 'authorization_code') return pass(request, reply);
    return answer(request, reply, { endpoint: `${issuer.name}/token`, scopeOptional: false });
  });
  scope.post(nhsTokenPath, (request, reply) =>
    answer(request, reply, { endpoint: `${origin}${nhsTokenPath}`, scopeOptional: true }),
  );
  scope.post('/auth/revoke', async (request, reply) => {
    const form = formOf(request);
    const client = await issuer.tokens.authenticate(form, `${issuer.name}/revoke`);
    const { token } = form;
    if (token === undefined) throw new TokenRefused('invalid_request', 'token is missing.');
    await issuer.revoke.execute(token, client.id);
    return reply.header('cache-control', 'no-store').send();
  });
}

function formOf({ body }: FastifyRequest): Form {
  return formIn(typeof body === 'string' ? body : '');
}

function send(reply: FastifyReply, answer: TokenAnswer): FastifyReply {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache').send(answer);
}
