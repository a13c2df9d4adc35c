import { randomUUID } from 'node:crypto';
import { Module, type OnModuleInit, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BearerTokens } from '#auth';
import { createLogger, NestLogger } from '#observability';
import type { FhirStore } from '#fhir-store';
import { freshDatabase } from '#testing';
import { storeFor } from '../test/running-server.js';
import { unconnectedStore } from '../test/unconnected-store.js';
import { fastifyOptions, FhirServer, type FhirServerOptions } from './index.js';

const logger = createLogger({ level: 'silent', service: 'test' });

function serverWith(options: Partial<FhirServerOptions> = {}): FhirServer {
  const authenticator = new BearerTokens([{ client: 'one', role: 'practice', organisation: 'one', token: 'one' }]);
  const baseUrl = 'https://ginnel.example/fhir/';
  return new FhirServer({ baseUrl, authenticator, now: () => new Date(), newId: randomUUID, logger, ...options });
}

/** As the services do: their faces come when Nest has made their modules, after the routes. */
function moduleThatAdds(server: FhirServer, store: FhirStore): Type {
  @Module({})
  class ServiceModule implements OnModuleInit {
    onModuleInit(): void {
      server.add({ name: 'referral', store, writes: [], operations: [] });
    }
  }
  return ServiceModule;
}

async function startNest(store: FhirStore): Promise<{ app: NestFastifyApplication; address: string }> {
  const adapter = new FastifyAdapter(fastifyOptions({ newId: randomUUID }));
  const options = { logger: new NestLogger(logger) };
  const server = serverWith();
  const app = await NestFactory.create<NestFastifyApplication>(moduleThatAdds(server, store), adapter, options);
  server.mount(adapter.getInstance());
  await app.listen(0, '127.0.0.1');
  return { app, address: await app.getUrl() };
}

describe('a FHIR server inside a Nest application', () => {
  it('answers its addresses itself, errors included', async () => {
    const database = await freshDatabase();
    const { store, close } = await storeFor(database.url, 'referral', ['Task']);
    const { app, address } = await startNest(store);
    const answers = await Promise.all([
      fetch(`${address}/fhir/metadata`),
      fetch(`${address}/fhir/Slot`, { headers: { authorization: 'Bearer one' } }),
      fetch(`${address}/fhir`, {
        method: 'POST',
        body: '{"resourceType":',
        headers: { authorization: 'Bearer one', 'content-type': 'application/json' },
      }),
      fetch(`${address}/fhir/%`),
      fetch(`${address}/docs`),
    ]);
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    await app.close();
    await close();
    await database.drop();
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 400, 400, 200]);
    for (const body of bodies.slice(1, 4)) expect(body).toMatch(/^{"resourceType":"OperationOutcome"/);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      implementation: { url: 'https://ginnel.example/fhir' },
      rest: [{ resource: expect.arrayContaining([expect.objectContaining({ type: 'Task' })]) as unknown }],
    });
  });
});

describe('a FHIR server refuses to start', () => {
  it('with a base that is no address', () => {
    const adapter = new FastifyAdapter();
    expect(() => {
      serverWith({ baseUrl: 'ginnel' }).mount(adapter.getInstance());
    }).toThrow('baseUrl must be');
  });

  it('with a face that comes when it serves already', async () => {
    const server = serverWith();
    const instance = new FastifyAdapter().getInstance();
    server.mount(instance);
    await instance.ready();
    const late = { name: 'referral', store: unconnectedStore('Task'), writes: [], operations: [] } as const;
    expect(() => {
      server.add(late);
    }).toThrow('add every face before it listens');
    await instance.close();
  });
});
