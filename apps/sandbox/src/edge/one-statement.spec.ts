import type { CapabilityStatement } from 'fhir/r4';
import { owners, serviceNames } from '#fhir';
import type { Part } from './all-services.js';
import { EdgeBeforeServers } from '../../test/edge-before-servers.js';

describe('what the edge tells of all services', () => {
  const edge = new EdgeBeforeServers();
  beforeAll(() => edge.open());
  afterAll(() => edge.close());
  beforeEach(() => {
    edge.forget();
  });

  const statementOf = (service: Part): CapabilityStatement => ({
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-01-01',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        interaction: [{ code: 'transaction' }],
        resource: (service === 'issuer' ? [] : owners[service]).map((type) => ({ type })),
        operation: [
          { name: `of-${service}`, definition: 'http://base' },
          { name: 'of-each', definition: 'http://base' },
        ],
      },
    ],
  });

  it.each(['/fhir', '/fhir/', '/fhir/metadata', '/fhir/%6detadata?mode=full'])(
    'is one CapabilityStatement at %s',
    async (path) => {
      edge.answer = (_request, response, service) =>
        response.setHeader('content-type', 'application/fhir+json').end(JSON.stringify(statementOf(service)));
      const { status, text } = await edge.send(path);
      const { rest, ...other } = JSON.parse(text) as CapabilityStatement;
      expect([status, { ...other, rest: [] }]).toEqual([200, { ...statementOf('referral'), rest: [] }]);
      expect(rest).toEqual([
        {
          mode: 'server',
          interaction: [{ code: 'transaction' }],
          resource: serviceNames.flatMap((service) => owners[service].map((type) => ({ type }))),
          operation: ['of-referral', 'of-each', ...serviceNames.slice(1).map((service) => `of-${service}`)].map(
            (name) => ({ name, definition: 'http://base' }),
          ),
        },
      ]);
    },
  );

  it('is XML where that is asked for', async () => {
    edge.answer = (request, response, service) => {
      const [type, text] =
        request.url?.endsWith('_format=json') === true
          ? ['json', JSON.stringify(statementOf(service))]
          : ['xml', '<x/>'];
      response.setHeader('content-type', `application/fhir+${type}`).end(text);
    };
    const { status, text, headers } = await edge.send('/fhir/metadata', {
      headers: { accept: 'application/fhir+xml' },
    });
    const types = [...text.matchAll(/<resource><type value="(\w+)"\/>/g)].map(([, type]) => type);
    expect([status, headers['content-type'], types]).toEqual([
      200,
      'application/fhir+xml; charset=utf-8',
      serviceNames.flatMap((service) => owners[service]),
    ]);
  });

  it('is one OpenAPI document', async () => {
    edge.answer = (_request, response, service) =>
      response.end(
        JSON.stringify({
          openapi: '3.1.0',
          tags: [{ name: 'server' }, { name: service }],
          paths: { '/metadata': {}, [`/${service}`]: {} },
        }),
      );
    expect(JSON.parse((await edge.send('/fhir/openapi.json')).text)).toEqual({
      openapi: '3.1.0',
      tags: [{ name: 'server' }, ...serviceNames.map((name) => ({ name }))],
      paths: Object.fromEntries(['metadata', ...serviceNames].map((path) => [`/${path}`, {}])),
    });
  });

  it('is nothing while one of them does not answer', async () => {
    edge.answer = (_request, response, service) =>
      response.writeHead(service === 'outcomes' ? 500 : 200).end(JSON.stringify(statementOf(service)));
    expect((await edge.send('/fhir/metadata')).status).toBe(503);
    edge.down.add('outcomes');
    expect((await edge.send('/fhir/metadata')).status).toBe(503);
  });

  it('is refused as the services refuse it', async () => {
    edge.answer = (_request, response) =>
      response.writeHead(406, { 'content-type': 'application/fhir+json' }).end('{"resourceType":"OperationOutcome"}');
    const { status, text } = await edge.send('/fhir/metadata?_format=xml');
    expect([status, text]).toEqual([406, '{"resourceType":"OperationOutcome"}']);
  });

  it('is their readiness: ready when all are', async () => {
    edge.answer = (_request, response) => response.end('{"status":"ready","problems":[]}');
    const ready = await edge.send('/health/ready');
    expect([ready.status, ready.text]).toEqual([200, '{"status":"ready","problems":[]}']);
    edge.answer = (_request, response, service) =>
      response
        .writeHead(service === 'referral' ? 503 : 200)
        .end('{"status":"","problems":["The database does not answer."]}');
    edge.down.add('outcomes');
    const { status, text } = await edge.send('/health/ready');
    expect([status, JSON.parse(text)]).toEqual([
      503,
      { status: 'not ready', problems: ['referral: The database does not answer.', 'outcomes: It does not run.'] },
    ]);
    expect((await edge.send('/health/live')).status).toBe(200);
  });
});
