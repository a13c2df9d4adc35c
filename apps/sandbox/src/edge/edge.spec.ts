import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { EdgeBeforeServers } from '../../test/edge-before-servers.js';

describe('the edge', () => {
  const edge = new EdgeBeforeServers();
  beforeAll(() => edge.open());
  afterAll(() => edge.close());
  beforeEach(() => {
    edge.forget();
  });

  it('passes headers on, except those of the connection, and says itself where a request came from', async () => {
    edge.answer = (request, response) => {
      request.resume();
      response.writeHead(201, {
        location: 'http://base/fhir/Task/1',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'x-request-id': 'of-the-service',
      });
      response.end();
    };
    const { status, headers } = await edge.send('/fhir/Task', {
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
        'client-cert': ':bXkgb3du:',
        'client-cert-chain': ':bXkgb3du:',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'elsewhere.example',
      },
    });
    const { host, ...passed } = edge.seen[0]?.headers ?? {};
    expect(host).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(passed).toEqual({
      authorization: 'Bearer t',
      prefer: 'return=minimal',
      'content-type': 'application/fhir+json',
      'content-length': '2',
      connection: 'keep-alive',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${String(edge.port)}`,
    });
    expect([status, without(headers, ['date', 'connection', 'keep-alive'])]).toEqual([
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
      edge.answer = (request, response) => {
        request.once('data', (chunk: Buffer) => {
          resolve(chunk.toString());
        });
        request.on('end', () => response.end('{}'));
      };
    });
    const request = httpRequest({ host: '127.0.0.1', port: edge.port, path: '/fhir/Task', method: 'POST' });
    request.write('{"resourceType":');
    expect(await firstPart).toBe('{"resourceType":');
    request.end('"Task"}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  it('passes on an answer that comes before the body was read', async () => {
    edge.answer = (request, response) => {
      response.writeHead(413).end('too long');
      request.resume();
    };
    const { status, text } = await edge.send('/fhir/Task', { method: 'POST', body: 'a'.repeat(5_000_000) });
    expect([status, text]).toEqual([413, 'too long']);
  });

  it('answers a caller whose service dies in the middle of a body, and takes the rest from it', async () => {
    edge.answer = (request) => request.once('data', () => request.socket.destroy());
    const { status } = await edge.send('/fhir/Task', { method: 'POST', body: 'a'.repeat(5_000_000) });
    expect(status).toBe(502);
  });

  it('lets a service know that the caller gave up in the middle of a body', async () => {
    const givenUp = new Promise<boolean>((resolve) => {
      edge.answer = (request) => {
        request.once('data', () => caller.destroy());
        request.once('close', () => {
          resolve(request.complete);
        });
      };
    });
    const caller = httpRequest({ host: '127.0.0.1', port: edge.port, path: '/fhir/Task', method: 'POST' });
    caller.on('error', () => undefined).write('{"resourceType":');
    expect(await givenUp).toBe(false);
  });

  it("passes on a service's 503 once, with its Retry-After", async () => {
    edge.answer = (_request, response) => response.writeHead(503, { 'retry-after': '5' }).end('{}');
    const { status, headers } = await edge.send('/fhir/Task');
    expect([status, headers['retry-after'], edge.seen.length]).toEqual([503, '5', 1]);
  });

  it('answers 503 for the types of a service that does not run, under the id of the request; others answer', async () => {
    edge.down.add('questionnaire');
    const { status, headers, outcome } = await edge.send('/fhir/Questionnaire', {
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
    expect((await edge.send('/fhir/Task')).status).toBe(200);
  });

  it.each([
    ['GET', 503, 'transient', '2'],
    ['POST', 502, 'incomplete', undefined],
  ])('answers a %s whose service dies under it with %s', async (method, expected, code, retryAfter) => {
    edge.answer = (request) => request.socket.destroy();
    const { status, headers, outcome } = await edge.send('/fhir/Task', { method });
    expect([status, outcome().issue[0]?.code, headers['retry-after']]).toEqual([expected, code, retryAfter]);
  });

  it.each(['GET', 'POST'])('answers a %s whose service stays silent with 504', async (method) => {
    edge.answer = () => undefined;
    const { status, outcome } = await edge.send('/fhir/Task', { method });
    expect([status, outcome().issue[0]?.code]).toEqual([504, 'timeout']);
  });

  it('cuts off an answer that its service cut off', async () => {
    edge.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
    };
    await expect(edge.send('/fhir/Task')).rejects.toThrow('aborted');
  });

  it('answers what is not HTTP as an OperationOutcome', async () => {
    const socket = connect(edge.port, '127.0.0.1');
    socket.end('NONSENSE\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 400 [^]*"OperationOutcome"/);
    expect(
      (await edge.send('/fhir/Task', { method: 'POST', body: 'x', headers: { 'content-type': 'no media type' } }))
        .status,
    ).toBe(415);
  });
});

function without(headers: IncomingMessage['headers'], names: readonly string[]): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
