import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { fastifyOptions, usualLimits } from '#fhir-server';
import { createLogger, type LogLevel } from '#observability';
import { mountIssuer } from './http/mount-issuer.js';
import { Issuer, type IssuerOptions } from './issuer.js';

export interface StartIssuerOptions extends IssuerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  logLevel: LogLevel;
  trustedProxies?: readonly string[];
}

export interface RunningIssuer {
  /** http://host:port */
  url: string;
  issuer: Issuer;
  stop: () => Promise<void>;
}

/** The issuer as a server of its own. */
export async function startIssuer(options: StartIssuerOptions): Promise<RunningIssuer> {
  const { host, port, trustedProxies = [] } = options;
  const issuer = new Issuer(options);
  const log = createLogger({ level: options.logLevel, service: 'issuer' });
  const server = fastify({
    ...fastifyOptions({ newId: randomUUID, trustedProxies }),
  });
  server.server.maxConnections = usualLimits.connections;
  server.get('/health/live', (_request, reply) => reply.send({ status: 'live' }));
  server.get('/health/ready', async (_request, reply) => {
    const problem = await issuer.problem();
    void reply.code(problem === undefined ? 200 : 503).header('cache-control', 'no-store');
    return reply.send(problem === undefined ? { status: 'ready' } : { status: 'not ready', problems: [problem] });
  });
  mountIssuer(server, { issuer, newId: randomUUID, log });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await server.close();
    await issuer.close();
  };
  try {
    await server.listen({ host, port });
  } catch (error) {
    await issuer.close();
    throw error;
  }
  const { port: taken } = server.server.address() as AddressInfo;
  return { url: `http://${host}:${String(taken)}`, issuer, stop: () => (stopping ??= stop()) };
}
