import { judgeAnswer } from './message-verdict.js';

const ids = {
  requestId: '0c1f7a52-9a55-4a2c-8d3a-0d9d8f1c2b11',
  correlationId: '5d2c9d0e-6a59-4d5e-9a0f-7f0f0c5f7a22',
};
const echoed = { 'x-request-id': ids.requestId.toUpperCase(), 'x-correlation-id': ids.correlationId };

function answer(status: number, body: object | string = '', headers: Record<string, string> = echoed) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return judgeAnswer({ status, answer: { headers, body: text, complete: true } }, ids);
}

function outcome(code: string, barsCode: string): object {
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, details: { coding: [{ code: barsCode }] } }],
  };
}

describe('what the answer to a message means', () => {
  it('is that it was taken, where both ids come back', () => {
    expect(answer(200, { resourceType: 'Bundle' })).toEqual({ verdict: 'taken' });
  });

  it('is nothing, where an id is missing or another one: something between may have answered', () => {
    const { 'x-request-id': requestId } = echoed;
    expect([
      answer(200, '', { 'x-request-id': requestId }),
      answer(200, '', { ...echoed, 'x-correlation-id': ids.requestId }),
      answer(400, outcome('invalid', 'REC_BAD_REQUEST'), {}),
    ]).toEqual([
      { verdict: 'again', error: '200 without its ids' },
      { verdict: 'again', error: '200 without its ids' },
      { verdict: 'again', error: '400 without its ids' },
    ]);
  });

  it('is that it was taken before, where it calls it a duplicate, in JSON and XML', () => {
    const xml = `<?xml version="1.0"?><OperationOutcome xmlns="http://hl7.org/fhir"><issue><severity value="error"/>
      <code value="duplicate"/></issue></OperationOutcome>`;
    expect([answer(409, outcome('duplicate', 'REC_CONFLICT')), answer(409, xml)]).toEqual([
      { verdict: 'taken' },
      { verdict: 'taken' },
    ]);
  });

  it.each([
    [409, 'conflict', 'REC_CONFLICT', 'refused'],
    [400, 'invariant', 'REC_BAD_REQUEST', 'refused'],
    [401, 'security', 'REC_UNAUTHORIZED', 'refused'],
    [403, 'forbidden', 'REC_FORBIDDEN', 'refused'],
    [403, 'forbidden', 'SEND_FORBIDDEN', 'again'],
    [404, 'not-found', 'REC_NOT_FOUND', 'refused'],
    [406, 'processing', 'REC_NOT_ACCEPTABLE', 'refused'],
    [408, 'timeout', 'REC_TIMEOUT', 'again'],
    [422, 'not-supported', 'REC_UNPROCESSABLE_ENTITY', 'refused'],
    [425, 'duplicate', 'REC_TOO_EARLY', 'again'],
    [429, 'throttled', 'REC_TOO_MANY_REQUESTS', 'again'],
    [429, 'throttled', 'SEND_TOO_MANY_REQUESTS', 'again'],
    [500, 'exception', 'REC_SERVER_ERROR', 'again'],
    [501, 'not-supported', 'REC_NOT_IMPLEMENTED', 'refused'],
    [503, 'transient', 'REC_UNAVAILABLE', 'again'],
    [503, 'transient', 'REC_SERVICE_UNAVAILABLE', 'again'],
  ])('%d %s %s: %s', (status, code, barsCode, verdict) => {
    expect(answer(status, outcome(code, barsCode))).toEqual({ verdict, error: `${String(status)} ${barsCode}` });
  });

  it('is nothing, where an error says nothing', () => {
    expect([answer(404, '<html>Not here</html>'), answer(400, '{"issue":[]}'), answer(400, 'null')]).toEqual([
      { verdict: 'again', error: '404' },
      { verdict: 'again', error: '400' },
      { verdict: 'again', error: '400' },
    ]);
  });

  it('writes down no word of the other side but a code of the standard', () => {
    expect(answer(400, outcome('invalid', 'Mrs Example is not known'))).toEqual({ verdict: 'refused', error: '400' });
  });

  it('is nothing, where none came; an address that may not be called is refused', () => {
    expect([judgeAnswer({ failure: 'timeout' }, ids), judgeAnswer({ failure: 'endpoint-not-allowed' }, ids)]).toEqual([
      { verdict: 'again', error: 'timeout' },
      { verdict: 'refused', error: 'endpoint-not-allowed' },
    ]);
  });
});
