import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { correlationIdHeader, correlationOf, type Logger, requestIdHeader } from '#observability';
import type { Issuer } from '../issuer.js';
import { passOn } from '../provider/passed-request.js';
import { TokenRefused } from '../tokens/token-refused.js';
import { answerRefusal, showRefusal } from './answer-refusal.js';
import { Guard, usualIssuerLimits } from './guard.js';
import { mountRegisterPage } from './register-page.js';
import { mountSignInPage } from './sign-in-page.js';
import { mountTokens } from './token-routes.js';

export interface MountOptions {
  issuer: Issuer;
  newId: () => string;
  log: Logger;
}

const longestBody = 64 * 1_024;

/** Of pages that are the provider's own; it adds the digest of its script where it has one. */
const protection = {
  'content-security-policy': "default-src 'none'; script-src; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
};

/** The issuer's addresses: `/auth/…` and `/oauth2/token`. */
export function mountIssuer(fastify: FastifyInstance, options: MountOptions): void {
  const { issuer, newId } = options;
  void fastify.register((scope, _options, done) => {
    readForms(scope);
    scope.addHook('onRequest', (request, reply, next) => {
      const { requestId, correlationId } = correlationOf(request.headers, newId);
      reply.header(requestIdHeader, requestId).header(correlationIdHeader, correlationId);
      next();
    });
    scope.setErrorHandler((error, request, reply) => answerRefusal(error, { request, reply, log: options.log }));
    const guard = new Guard({ ...usualIssuerLimits, ...issuer.options.limits });
    const pass = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const { provider } = await issuer.provider.current();
      await passOn({ provider, issuer: issuer.name }, request, reply);
    };
    scope.get('/auth/.well-known/openid-configuration', pass);
    scope.get('/auth/.well-known/oauth-authorization-server', pass);
    scope.get('/auth/jwks', (request, reply) => {
      // Shorter than a new key is published before it signs.
      void reply.header('cache-control', 'public, max-age=15');
      return pass(request, reply);
    });
    void scope.register((tokens, _none, ready) => {
      mountTokens(tokens, { issuer, pass, guard });
      ready();
    });
    void scope.register((pages, _none, ready) => {
      pages.addHook('onRequest', async (request, reply) => {
        void reply.headers(protection);
        await guard.page(request);
      });
      pages.addHook('preHandler', (_request, reply, next) => {
        guard.enter(reply);
        next();
      });
      pages.setErrorHandler((error, request, reply) => showRefusal(error, { request, reply, log: options.log }));
      pages.get('/auth/authorize', pass);
      pages.get('/auth/authorize/:uid', pass);
      for (const path of ['/auth/sign-out', '/auth/sign-out/success']) pages.get(path, pass);
      pages.post('/auth/sign-out/confirm', pass);
      mountSignInPage(pages, issuer);
      if (issuer.options.sandbox) mountRegisterPage(pages, issuer);
      ready();
    });
    scope.get('/auth/revocations', async (_request, reply) =>
      reply.header('cache-control', 'no-store').send(await issuer.revocations.list()),
    );
    done();
  });
}

function readForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: longestBody },
    (_request, body, done) => {
      done(null, body);
    },
  );
  scope.addContentTypeParser('*', (_request, _payload, done) => {
    done(new TokenRefused('invalid_request', 'Send the parameters as application/x-www-form-urlencoded.'));
  });
}
