import { Writable } from 'node:stream';
import { fastify } from 'fastify';
import { correlationOf, createLogger, failureOf, Metrics, mountMetrics, NestLogger, observeHttp } from './index.js';

function collectingLogger(): { lines: () => Record<string, unknown>[]; logger: ReturnType<typeof createLogger> } {
  const written: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger({ level: 'debug', service: 'referral', destination });
  return { logger, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('correlation ids', () => {
  const newId = (): string => 'made-here';

  it('keeps the ids and the trace that the caller sent', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(correlationOf({ 'x-request-id': 'r-1', 'x-correlation-id': 'c-1', traceparent }, newId)).toEqual({
      requestId: 'r-1',
      correlationId: 'c-1',
      traceparent,
    });
  });

  it('takes a UUID of digits for what it is', () => {
    const sent = '12345678-1234-4123-8123-123456789012';
    expect(correlationOf({ 'x-request-id': sent }, newId).requestId).toBe(sent);
  });

  it.each(['', 'two words', 'x'.repeat(129), 'tab\there', 'naïve', 'a,b', '9449305552', 'nhs:944-930-5552'])(
    'replaces %j by an id of its own',
    (sent) => {
      expect(correlationOf({ 'x-request-id': sent, 'x-correlation-id': sent }, newId)).toEqual({
        requestId: 'made-here',
        correlationId: 'made-here',
      });
    },
  );

  it.each([
    'nonsense',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ])('drops the invalid trace %s', (traceparent) => {
    expect(correlationOf({ traceparent }, newId)).not.toHaveProperty('traceparent');
  });
});

describe('a failure in the log', () => {
  it('tells class, code and place of an error and its cause, but nothing that was sent', () => {
    const cause = Object.assign(new TypeError('bad value "Ada\n at Lovelace:1:1"'), { code: '22P02' });
    const failure = failureOf(new Error('could not store Ada Lovelace', { cause }));
    expect(failure).toMatchObject({ class: 'Error', cause: { class: 'TypeError', code: '22P02' } });
    expect(failure.at?.[0]).toMatch(/observability\.spec/);
    expect(JSON.stringify(failure)).not.toMatch(/Lovelace/);
  });

  it('tells the type of what is thrown and is no error', () => {
    expect(failureOf('Lovelace')).toEqual({ class: 'string' });
  });
});

describe('the log of HTTP requests', () => {
  it('has one line and one measurement per request, by route pattern and without the address', async () => {
    const { logger, lines } = collectingLogger();
    const metrics = new Metrics({ service: 'referral' });
    const server = fastify();
    observeHttp(server, {
      logger,
      metrics,
      observed: () => ({
        route: '/fhir/:type/:id',
        type: 'Task',
        id: '1',
        requestId: 'r',
        correlationId: 'c',
        client: 'gp',
      }),
    });
    server.get('/fhir/*', () => 'ok');
    mountMetrics(server, metrics);
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    await fetch(`${address}/fhir/Task/1?family=Lovelace`);
    const exposed = await fetch(`${address}/metrics`);
    const text = await exposed.text();
    await server.close();

    const [line] = lines();
    expect(line).toEqual({
      level: 'info',
      time: expect.any(String) as string,
      service: 'referral',
      method: 'GET',
      route: '/fhir/:type/:id',
      type: 'Task',
      id: '1',
      requestId: 'r',
      correlationId: 'c',
      client: 'gp',
      status: 200,
      ms: expect.any(Number) as number,
      msg: 'request',
    });
    expect(exposed.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toContain(
      'ginnel_http_request_duration_seconds_count{service="referral",method="GET",route="/fhir/:type/:id",status="200"} 1',
    );
  });

  it("carries Nest's own lines, and of an error no message", () => {
    const { logger, lines } = collectingLogger();
    const nest = new NestLogger(logger);
    nest.log('Nest application started', 'NestApplication');
    nest.error(new RangeError('Ada Lovelace'), 'ExceptionsHandler');
    expect(lines()).toMatchObject([
      { level: 'info', context: 'NestApplication', msg: 'Nest application started' },
      { level: 'error', context: 'ExceptionsHandler', failure: { class: 'RangeError' } },
    ]);
    expect(JSON.stringify(lines())).not.toContain('Lovelace');
  });

  it('says nothing when silent', () => {
    const written: string[] = [];
    const logger = createLogger({
      level: 'silent',
      service: 'x',
      destination: { write: (line) => written.push(line) },
    });
    logger.error('nothing');
    expect(written).toEqual([]);
  });

  it('gives the same counter for the same name', () => {
    const metrics = new Metrics({ service: 'referral' });
    const series = { name: 'ginnel_events_total', help: 'Events.', labels: ['type'] as const };
    expect(metrics.counter(series)).toBe(metrics.counter(series));
  });
});
