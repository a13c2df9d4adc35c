import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BearerTokens } from '#auth';
import { createLogger, NestLogger } from '#observability';
import { fastifyOptions, FhirServer, type FhirServerOptions } from './index.js';

const logger = createLogger({ level: 'silent', service: 'test' });

function serverWith(options: Partial<FhirServerOptions> = {}): FhirServer {
  const authenticator = new BearerTokens([{ client: 'one', role: 'practice', organisation: 'one', token: 'one' }]);
  const baseUrl = 'https://ginnel.example/fhir/';
  return new FhirServer({ baseUrl, authenticator, now: () => new Date(), newId: randomUUID, logger, ...options });
}

@Module({})
class EmptyModule {}

async function startNest(): Promise<{ app: NestFastifyApplication; address: string }> {
  const adapter = new FastifyAdapter(fastifyOptions({ newId: randomUUID }));
  const options = { logger: new NestLogger(logger) };
  const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, adapter, options);
  serverWith().mount(adapter.getInstance());
  await app.listen(0, '127.0.0.1');
  return { app, address: await app.getUrl() };
}

describe('a FHIR server inside a Nest application', () => {
  it('answers its addresses itself, errors included', async () => {
    const { app, address } = await startNest();
    const answers = await Promise.all([
      fetch(`${address}/fhir/metadata`),
      fetch(`${address}/fhir/Task`, { headers: { authorization: 'Bearer one' } }),
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
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 400, 400, 200]);
    for (const body of bodies.slice(1, 4)) expect(body).toMatch(/^{"resourceType":"OperationOutcome"/);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ implementation: { url: 'https://ginnel.example/fhir' } });
  });
});

describe('a FHIR server refuses to start', () => {
  it('with a base that is no address', () => {
    const adapter = new FastifyAdapter();
    expect(() => {
      serverWith({ baseUrl: 'ginnel' }).mount(adapter.getInstance());
    }).toThrow('baseUrl must be');
  });

  it('with a face that comes after its routes', () => {
    const server = serverWith();
    server.mount(new FastifyAdapter().getInstance());
    expect(() => {
      server.add({} as never);
    }).toThrow('add every face before mount');
  });
});
