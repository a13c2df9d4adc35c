import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Correlation } from './correlation.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** What a line about one request says beside method, status and time. */
export interface Observed extends Partial<Correlation> {
  /** Route pattern, such as `/fhir/:type/:id`: never the address as it was sent. */
  route: string;
  type?: string;
  id?: string;
  client?: string;
}

export interface HttpObservation {
  logger: Logger;
  metrics?: Metrics;
  /** What is known of the request when its answer has been sent. */
  observed: (request: FastifyRequest, reply: FastifyReply) => Observed;
}

/** One log line and one measurement per request of this Fastify scope, after its answer. */
export function observeHttp(scope: FastifyInstance, { logger, metrics, observed }: HttpObservation): void {
  scope.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const seen = observed(request, reply);
    const { method } = request;
    const status = reply.statusCode;
    const ms = reply.elapsedTime;
    metrics?.observeHttp(method, seen.route, { status, seconds: ms / 1000 });
    const level = status >= 500 ? 'error' : 'info';
    if (logger.isLevelEnabled(level)) {
      logger[level]({ method, ...seen, status, ms: Math.round(ms * 10) / 10 }, 'request');
    }
    done();
  });
}

/** `/metrics` in Prometheus' text format. */
export function mountMetrics(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.get('/metrics', async (_request, reply) => {
    const text = await metrics.register.metrics();
    return reply.header('content-type', metrics.register.contentType).send(text);
  });
}
