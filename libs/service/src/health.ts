import type { FastifyInstance } from 'fastify';
import type { Platform } from './platform.js';
import type { Service } from './service.js';

/** `/health/live`: the process answers. `/health/ready`: it can do its work; otherwise 503 and what is wrong. */
export function mountHealth(
  fastify: FastifyInstance,
  platform: Platform,
  parts: { services: readonly Service[]; stopping: () => boolean },
): void {
  fastify.get('/health/live', (_request, reply) => reply.send({ status: 'live' }));
  fastify.get('/health/ready', async (_request, reply) => {
    const problems = parts.stopping()
      ? ['This process is shutting down.']
      : [await platform.broker.problem(), ...(await Promise.all(parts.services.map((service) => service.problem())))];
    const wrong = problems.filter((problem) => problem !== undefined);
    const status = wrong.length === 0 ? 'ready' : 'not ready';
    return reply
      .status(wrong.length === 0 ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status, problems: wrong });
  });
}
