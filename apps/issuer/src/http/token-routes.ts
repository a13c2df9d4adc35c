import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Issuer } from '../issuer.js';
import type { TokenAnswer } from '../tokens/client-tokens.js';
import { type Form, formIn } from '../tokens/token-request.js';
import { TokenRefused } from '../tokens/token-refused.js';
import { nhsTokenPath } from './answer-refusal.js';

type Pass = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Tokens, their end, and what was ended. */
export function mountTokens(scope: FastifyInstance, { issuer, pass }: { issuer: Issuer; pass: Pass }): void {
  const { origin } = issuer.options;
  scope.post('/auth/token', async (request, reply) => {
    const form = formOf(request);
    // What people sign in for is the provider's; systems are answered here, by SMART's stricter rules.
    if (form['grant_type'] === 'authorization_code') return pass(request, reply);
    const endpoint = `${issuer.name}/token`;
    return send(reply, await issuer.tokens.answer({ form, endpoint, scopeOptional: false }));
  });
  scope.post(nhsTokenPath, async (request, reply) => {
    const endpoint = `${origin}${nhsTokenPath}`;
    return send(reply, await issuer.tokens.answer({ form: formOf(request), endpoint, scopeOptional: true }));
  });
  scope.post('/auth/revoke', async (request, reply) => {
    const form = formOf(request);
    const client = await issuer.tokens.authenticate(form, `${issuer.name}/revoke`);
    const { token } = form;
    if (token === undefined) throw new TokenRefused('invalid_request', 'token is missing.');
    await issuer.revoke.execute(token, client.id);
    return reply.header('cache-control', 'no-store').send();
  });
  scope.get('/auth/revocations', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(await issuer.revocations.list()),
  );
}

function formOf({ body }: FastifyRequest): Form {
  return formIn(typeof body === 'string' ? body : '');
}

function send(reply: FastifyReply, answer: TokenAnswer): FastifyReply {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache').send(answer);
}
