import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { CapabilityStatement, OperationOutcome } from 'fhir/r4';
import { owners, type ServiceName, serviceNames } from '#fhir';
import { createLogger } from '#observability';
import { createEdge } from './edge.js';

const types = serviceNames.flatMap((service) => owners[service].map((type) => [type, service] as const));

describe('the edge', () => {
  const seen: { service: ServiceName; method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  const upstreams = new Map<ServiceName, Server>();
  const down = new Set<ServiceName>();
  let edge: FastifyInstance;
  let port: number;
  let answer: (request: IncomingMessage, response: ServerResponse, service: ServiceName) => void;

  const plainly = (request: IncomingMessage, response: ServerResponse, service: ServiceName): void => {
    request.resume();
    response.end(JSON.stringify({ service }));
  };

  beforeAll(async () => {
    for (const service of serviceNames) {
      const server = createServer((request, response) => {
        const { method = '', url = '', headers } = request;
        seen.push({ service, method, url, headers });
        answer(request, response, service);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      upstreams.set(service, server);
    }
    edge = createEdge({
      services: serviceNames,
      addressOf: (service) => {
        const { port: at } = upstreams.get(service)?.address() as AddressInfo;
        return down.has(service) ? undefined : `http://127.0.0.1:${String(at)}`;
      },
      newId: () => 'made-by-the-edge',
      log: createLogger({ level: 'silent', service: 'edge' }),
      patienceMs: 300,
    });
    await edge.listen({ host: '127.0.0.1', port: 0 });
    port = (edge.server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    await edge.close();
    for (const server of upstreams.values()) server.close().closeAllConnections();
  });
  beforeEach(() => {
    seen.length = 0;
    down.clear();
    answer = plainly;
  });

  /** As it stands, without the tidying that fetch does. */
  async function send(path: string, { method = 'GET', headers = {}, body = '' } = {}) {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const outcome = (): OperationOutcome => JSON.parse(text) as OperationOutcome;
    return { status: response.statusCode, headers: response.headers, text, outcome };
  }

  const reached = (): string[] => seen.map(({ service, method, url }) => `${service} ${method} ${url}`);

  it.each(types)('sends %s and all below it to %s, which owns it', async (type, owner) => {
    for (const below of ['', '?_id=1', '/1', '/1/_history/2', '/$an-operation']) await send(`/fhir/${type}${below}`);
    await send(`/fhir/${type}/_search`, { method: 'POST', body: '_id=1' });
    expect(reached()).toEqual([
      ...['', '?_id=1', '/1', '/1/_history/2', '/$an-operation'].map((below) => `${owner} GET /fhir/${type}${below}`),
      `${owner} POST /fhir/${type}/_search`,
    ]);
  });

  it('sends the base, what spans services and what nobody owns to referral', async () => {
    await send('/fhir', { method: 'POST', body: '{}' });
    for (const path of ['/fhir/$process-message', '/fhir/AuditEvent', '/fhir/Taskk', '/fhir/constructor', '/docs'])
      await send(path);
    expect(reached()).toEqual([
      'referral POST /fhir',
      ...['/fhir/$process-message', '/fhir/AuditEvent', '/fhir/Taskk', '/fhir/constructor', '/docs'].map(
        (path) => `referral GET ${path}`,
      ),
    ]);
  });

  it('serves nothing else: metrics and health of the services are for the inside', async () => {
    for (const path of ['/', '/metrics', '/fhirr/Task', '/docs/x', '/health/x']) {
      expect((await send(path)).status).toBe(404);
    }
    expect(reached()).toEqual([]);
  });

  it.each([
    ['/fhir/%54ask', 'referral GET /fhir/Task'],
    ['/%66hir/%51uestionnaire/1/', 'questionnaire GET /fhir/Questionnaire/1'],
    [
      '/fhir/HealthcareService/%24find-activities?a=%2F..%2F',
      'activity-directory GET /fhir/HealthcareService/$find-activities?a=%2F..%2F',
    ],
    ['/fhir/Task?x=/fhir/Measure&y=?', 'referral GET /fhir/Task?x=/fhir/Measure&y=?'],
  ])('reads %s once, and the service reads what the edge read', async (path, expected) => {
    expect([(await send(path)).status, ...reached()]).toEqual([200, expected]);
  });

  it.each([
    '//fhir/Task',
    '/fhir//Task',
    '/fhir/Task//1',
    '/fhir/./Task',
    '/fhir/Patient/../Measure',
    '/fhir/Patient/%2e%2e/Measure',
    '/fhir/Patient%2f..%2fMeasure',
    '/fhir/Patient%5c..%5cMeasure',
    '/fhir/Patient\\..\\Measure',
    '/fhir/Task%00',
    '/fhir/Task%0d%0aX:1',
    '/fhir/Task;a=b',
    '/fhir/Task%3f_id=1',
    '/fhir/Task#Measure',
    '/fhir/%2554ask',
    '/fhir/%zz',
    '/fhir/%c0%ae',
    'http://elsewhere.example/fhir/Task',
  ])('refuses %s, which could be read in two ways', async (path) => {
    const { status, headers, outcome } = await send(path, { headers: { 'x-request-id': 'of-the-caller' } });
    expect([status, headers['x-request-id'], outcome().resourceType]).toEqual([
      400,
      'of-the-caller',
      'OperationOutcome',
    ]);
    expect(reached()).toEqual([]);
  });

  it('passes headers on, except those of the connection, and says itself where a request came from', async () => {
    answer = (request, response) => {
      request.resume();
      response.writeHead(201, {
        location: 'http://base/fhir/Task/1',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'x-request-id': 'of-the-service',
      });
      response.end();
    };
    const { status, headers } = await send('/fhir/Task', {
      method: 'POST',
      body: '{}',
      headers: {
        authorization: 'Bearer t',
        prefer: 'return=minimal',
        'content-type': 'application/fhir+json',
        'content-length': '2',
        connection: 'close, x-private',
        'x-private': '1',
        te: 'trailers',
        'proxy-authorization': 'secret',
        forwarded: 'for=1.2.3.4',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'elsewhere.example',
      },
    });
    const { host, ...passed } = seen[0]?.headers ?? {};
    expect(host).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(passed).toEqual({
      authorization: 'Bearer t',
      prefer: 'return=minimal',
      'content-type': 'application/fhir+json',
      'content-length': '2',
      connection: 'keep-alive',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${String(port)}`,
    });
    const { date: _date, connection: _connection, ...answered } = headers;
    expect([status, answered]).toEqual([
      201,
      {
        location: 'http://base/fhir/Task/1',
        'content-length': '0',
        'x-request-id': 'of-the-service',
        'x-correlation-id': 'made-by-the-edge',
      },
    ]);
  });

  it('hands a body on as it comes', async () => {
    const firstPart = new Promise<string>((resolve) => {
      answer = (request, response) => {
        request.once('data', (chunk: Buffer) => {
          resolve(chunk.toString());
        });
        request.on('end', () => response.end('{}'));
      };
    });
    const request = httpRequest({ host: '127.0.0.1', port, path: '/fhir/Task', method: 'POST' });
    request.write('{"resourceType":');
    expect(await firstPart).toBe('{"resourceType":');
    request.end('"Task"}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  it('passes on an answer that comes before the body was read', async () => {
    answer = (request, response) => {
      response.writeHead(413).end('too long');
      request.resume();
    };
    const { status, text } = await send('/fhir/Task', { method: 'POST', body: 'a'.repeat(5_000_000) });
    expect([status, text]).toEqual([413, 'too long']);
  });

  it("passes on a service's 503 once, with its Retry-After", async () => {
    answer = (_request, response) => response.writeHead(503, { 'retry-after': '5' }).end('{}');
    const { status, headers } = await send('/fhir/Task');
    expect([status, headers['retry-after'], seen.length]).toEqual([503, '5', 1]);
  });

  it('answers 503 for the types of a service that does not run, under the id of the request; others answer', async () => {
    down.add('questionnaire');
    const { status, headers, outcome } = await send('/fhir/Questionnaire', {
      headers: { 'x-request-id': 'r1', 'x-correlation-id': 'c1' },
    });
    expect([
      status,
      headers['retry-after'],
      headers['x-request-id'],
      headers['x-correlation-id'],
      headers['content-type'],
    ]).toEqual([503, '2', 'r1', 'c1', 'application/fhir+json; charset=utf-8']);
    expect(outcome()).toEqual({
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'error',
          code: 'transient',
          diagnostics: 'The questionnaire service does not answer just now; send the request again shortly.',
        },
      ],
    });
    expect((await send('/fhir/Task')).status).toBe(200);
  });

  it.each([
    ['GET', 503, 'transient', '2'],
    ['POST', 502, 'incomplete', undefined],
  ])('answers a %s whose service dies under it with %s', async (method, expected, code, retryAfter) => {
    answer = (request) => request.socket.destroy();
    const { status, headers, outcome } = await send('/fhir/Task', { method });
    expect([status, outcome().issue[0]?.code, headers['retry-after']]).toEqual([expected, code, retryAfter]);
  });

  it.each(['GET', 'POST'])('answers a %s whose service stays silent with 504', async (method) => {
    answer = () => undefined;
    const { status, outcome } = await send('/fhir/Task', { method });
    expect([status, outcome().issue[0]?.code]).toEqual([504, 'timeout']);
  });

  it('cuts off an answer that its service cut off', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
    };
    await expect(send('/fhir/Task')).rejects.toThrow('aborted');
  });

  it('answers what is not HTTP as an OperationOutcome', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.end('NONSENSE\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 400 [^]*"OperationOutcome"/);
    expect(
      (await send('/fhir/Task', { method: 'POST', body: 'x', headers: { 'content-type': 'no media type' } })).status,
    ).toBe(415);
  });

  describe('what it tells of all services', () => {
    const statementOf = (service: ServiceName): CapabilityStatement => ({
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
          resource: owners[service].map((type) => ({ type })),
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
        answer = (_request, response, service) =>
          response.setHeader('content-type', 'application/fhir+json').end(JSON.stringify(statementOf(service)));
        const { status, text } = await send(path);
        const { rest, ...other } = JSON.parse(text) as CapabilityStatement;
        expect([status, { ...other, rest: [] }]).toEqual([200, { ...statementOf('referral'), rest: [] }]);
        expect(rest).toEqual([
          {
            mode: 'server',
            interaction: [{ code: 'transaction' }],
            resource: types.map(([type]) => ({ type })),
            operation: ['of-referral', 'of-each', ...serviceNames.slice(1).map((service) => `of-${service}`)].map(
              (name) => ({ name, definition: 'http://base' }),
            ),
          },
        ]);
      },
    );

    it('is one OpenAPI document', async () => {
      answer = (_request, response, service) =>
        response.end(
          JSON.stringify({
            openapi: '3.1.0',
            tags: [{ name: 'server' }, { name: service }],
            paths: { '/metadata': {}, [`/${service}`]: {} },
          }),
        );
      expect(JSON.parse((await send('/fhir/openapi.json')).text)).toEqual({
        openapi: '3.1.0',
        tags: [{ name: 'server' }, ...serviceNames.map((name) => ({ name }))],
        paths: Object.fromEntries(['metadata', ...serviceNames].map((path) => [`/${path}`, {}])),
      });
    });

    it('is nothing while one of them does not answer', async () => {
      answer = (_request, response, service) =>
        response.writeHead(service === 'outcomes' ? 500 : 200).end(JSON.stringify(statementOf(service)));
      expect((await send('/fhir/metadata')).status).toBe(503);
      down.add('outcomes');
      expect((await send('/fhir/metadata')).status).toBe(503);
    });

    it('is refused as the services refuse it', async () => {
      answer = (_request, response) =>
        response.writeHead(406, { 'content-type': 'application/fhir+json' }).end('{"resourceType":"OperationOutcome"}');
      const { status, text } = await send('/fhir/metadata?_format=xml');
      expect([status, text]).toEqual([406, '{"resourceType":"OperationOutcome"}']);
    });

    it('is their readiness: ready when all are', async () => {
      answer = (_request, response) => response.end('{"status":"ready","problems":[]}');
      const ready = await send('/health/ready');
      expect([ready.status, ready.text]).toEqual([200, '{"status":"ready","problems":[]}']);
      answer = (_request, response, service) =>
        response
          .writeHead(service === 'referral' ? 503 : 200)
          .end('{"status":"","problems":["The database does not answer."]}');
      down.add('outcomes');
      const { status, text } = await send('/health/ready');
      expect([status, JSON.parse(text)]).toEqual([
        503,
        { status: 'not ready', problems: ['referral: The database does not answer.', 'outcomes: It does not run.'] },
      ]);
      expect((await send('/health/live')).status).toBe(200);
    });
  });
});
