import type { Task } from 'fhir/r4';
import { issuesOf, type RunningServer, startServer } from '../test/running-server.js';
import { usualLimits } from './limits.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.stop());

const task: Task = { resourceType: 'Task', status: 'requested', intent: 'order' };

describe('ids of a request', () => {
  it('come back as they were sent', async () => {
    const headers = { 'x-request-id': 'r-1', 'x-correlation-id': 'c-1' };
    for (const request of ['GET /fhir/Task', 'GET /fhir/Nothing', 'DELETE /fhir/Task/1']) {
      const answer = await server.call(request, { headers });
      expect([answer.headers.get('x-request-id'), answer.headers.get('x-correlation-id')]).toEqual(['r-1', 'c-1']);
    }
  });

  it('are made where none was sent, and an operation can tell the difference', async () => {
    const made = await server.call('POST /fhir/$process-message', { body: task });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.body).toMatchObject({ code: { text: 'Task, id none, $process-message' } });
    const sent = await server.call('POST /fhir/$process-message', { body: task, headers: { 'X-Request-ID': 'r-2' } });
    expect(sent.body).toMatchObject({ code: { text: 'Task, id r-2, $process-message' } });
  });
});

describe('operations', () => {
  it('answer at their level with their own content type, status and headers', async () => {
    const ofType = await server.call('GET /fhir/Task/$status?a=1&_format=json');
    expect([ofType.status, ofType.text, ofType.headers.get('content-type')]).toEqual([
      200,
      'a=1',
      'text/csv; charset=utf-8',
    ]);
    const ofInstance = await server.call('GET /fhir/Task/7/$everything');
    expect([ofInstance.status, ofInstance.text, ofInstance.headers.get('x-target')]).toEqual([202, '', 'Task/7']);
    const echoed = await server.call('POST /fhir/Task/7/$everything', { body: task });
    expect(echoed.body).toEqual(task);
  });

  it.each([
    ['duplicate', 409, 'duplicate', 'REC_CONFLICT'],
    ['defect', 500, 'exception', 'REC_SERVER_ERROR'],
    ['database-away', 503, 'transient', 'REC_UNAVAILABLE'],
  ])('of BaRS answer a %s with %d, %s and %s, and tell no one what was sent', async (fault, status, code, bars) => {
    const answer = await server.call('POST /fhir/$process-message', { body: task, headers: { 'x-test': fault } });
    expect(answer.status).toBe(status);
    expect(issuesOf(answer)).toMatchObject([{ severity: 'error', code, details: { coding: [{ code: bars }] } }]);
    expect(`${answer.text}${server.log()}`).not.toContain('Lovelace');
  });

  it('of BaRS bear its codes also on what is refused before them', async () => {
    const codes = async (request: string, sent: object): Promise<unknown> => {
      const answer = await server.call(request, sent);
      return [answer.status, issuesOf(answer)[0]?.details?.coding?.[0]?.code];
    };
    const address = 'POST /fhir/$process-message';
    expect(await codes(address, { token: '' })).toEqual([401, 'REC_UNAUTHORIZED']);
    expect(await codes(address, { body: '{' })).toEqual([400, 'REC_BAD_REQUEST']);
    expect(await codes(address, { body: 'x'.repeat(usualLimits.bodyBytes + 1) })).toEqual([
      422,
      'REC_UNPROCESSABLE_ENTITY',
    ]);
    expect(await codes('GET /fhir/$process-message', {})).toEqual([405, 'REC_METHOD_NOT_ALLOWED']);
    expect(await codes(address, { body: task, headers: { 'x-test': 'coded' } })).toEqual([400, 'REC_BAD_REQUEST']);
  });

  it('of BaRS take messages of no more entries than a batch has', async () => {
    const body = {
      resourceType: 'Bundle',
      type: 'message',
      timestamp: '2026-11-22T09:00:00Z',
      entry: Array.from({ length: usualLimits.bundleEntries + 1 }, () => ({ resource: task })),
    };
    const answer = await server.call('POST /fhir/$process-message', { body });
    expect([answer.status, issuesOf(answer).map(({ code }) => code)]).toEqual([422, ['too-costly']]);
  });

  it.each([
    ['application/pdf', 406],
    ['application/fhir+json; fhirVersion=3.0', 406],
    ['application/fhir+json;q=0', 406],
    ['application/fhir+json; fhirVersion=4.0', 200],
    ['application/fhir+json; version=1.1.0', 200],
    ['application/fhir+xml', 200],
    ['*/*', 200],
  ])('of BaRS answer who accepts %s with %d', async (accept, status) => {
    const answer = await server.call('POST /fhir/$process-message', { body: task, headers: { accept } });
    expect(answer.status).toBe(status);
    if (status === 406)
      expect(issuesOf(answer)).toMatchObject([
        { code: 'processing', details: { coding: [{ code: 'REC_NOT_ACCEPTABLE' }] } },
      ]);
  });
});

describe('an address that BaRS shares with FHIR', () => {
  const refusedOf = async (request: string, headers: Record<string, string>, token?: string): Promise<unknown> => {
    const answer = await server.call(request, { headers, ...(token === undefined ? {} : { token }) });
    const [issue] = issuesOf(answer);
    return [answer.status, issue?.code, issue?.details?.coding?.[0]?.code];
  };
  const target = { 'nhsd-target-identifier': 'eyJ2YWx1ZSI6IjEifQ==' };

  it.each([
    ['GET /fhir/ServiceRequest/unknown', 404, 'not-found', 'REC_NOT_FOUND'],
    ['GET /fhir/ServiceRequest?wrong=1', 400, 'not-supported', 'REC_BAD_REQUEST'],
    ['GET /fhir/MessageDefinition?wrong=1', 400, 'not-supported', 'REC_BAD_REQUEST'],
    ['DELETE /fhir/metadata', 405, 'not-supported', 'REC_METHOD_NOT_ALLOWED'],
    ['GET /fhir/Slot', 404, 'not-found', 'REC_NOT_FOUND'],
    ['GET /fhir/Appointment/1', 404, 'not-found', 'REC_NOT_FOUND'],
  ])('bears the codes of BaRS for who names a target, and FHIR alone for others: %s', async (request, ...told) => {
    const [status, code] = told;
    expect(await refusedOf(request, target)).toEqual(told);
    expect(await refusedOf(request, {})).toEqual([status, code, undefined]);
  });

  it('tells that to who is not known, too; and other addresses are none of it', async () => {
    const address = 'GET /fhir/ServiceRequest/1';
    expect(await refusedOf(address, target, '')).toEqual([401, 'security', 'REC_UNAUTHORIZED']);
    expect(await refusedOf(address, {}, '')).toEqual([401, 'login', undefined]);
    expect(await refusedOf('GET /fhir/Task/unknown', target)).toEqual([404, 'not-found', undefined]);
  });
});
