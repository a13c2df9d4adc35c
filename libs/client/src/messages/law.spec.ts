import type { OperationOutcome } from 'fhir/r4';
import { type Answered, asksForNewToken, judgeAnswer, waitBefore } from './law.js';

const ids = {
  requestId: '0D9A7A2E-8f44-4a4b-b4a5-1f7f21a5c0e1',
  correlationId: '7b6e0c52-9a55-4b0e-8a92-0a5f8d8a52f2',
};
const echoed = { 'x-request-id': ids.requestId.toLowerCase(), 'x-correlation-id': ids.correlationId };
const soon = { ...echoed, 'retry-after': '1' };

function outcome(code: OperationOutcome['issue'][0]['code'], bars: string): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, details: { coding: [{ code: bars }] } }],
  };
}

function answered(status: number, body: unknown, headers: Record<string, string> = echoed): Answered {
  return { status, body, headers: new Headers(headers) };
}

describe('the law of retries', () => {
  it.each<[string, Answered, string]>([
    ['200 with both ids', answered(200, {}), 'received'],
    ['200 without an id', answered(200, {}, { 'x-request-id': ids.requestId }), 'again'],
    ['200 with another id', answered(200, {}, { ...echoed, 'x-request-id': 'other' }), 'again'],
    ['no answer', answered(0, undefined, {}), 'again'],
    ['409 duplicate', answered(409, outcome('duplicate', 'REC_CONFLICT')), 'received-before'],
    [
      '409 duplicate that may be waited for',
      answered(409, outcome('duplicate', 'REC_CONFLICT'), soon),
      'received-before',
    ],
    ['409 conflict', answered(409, outcome('conflict', 'REC_CONFLICT')), 'refused'],
    ['409 of writers at one moment', answered(409, outcome('transient', 'REC_CONFLICT')), 'again'],
    ['409 of the same, still being done', answered(409, outcome('conflict', 'REC_CONFLICT'), soon), 'again'],
    ['425', answered(425, outcome('duplicate', 'REC_TOO_EARLY')), 'again'],
    ['408', answered(408, outcome('timeout', 'REC_TIMEOUT')), 'again'],
    ['429', answered(429, outcome('throttled', 'REC_TOO_MANY_REQUESTS')), 'again'],
    ['503', answered(503, outcome('transient', 'REC_UNAVAILABLE')), 'again'],
    ['501', answered(501, outcome('not-supported', 'REC_NOT_IMPLEMENTED')), 'refused'],
    ['400 without an OperationOutcome', answered(400, 'Bad request'), 'again'],
    ['400', answered(400, outcome('invariant', 'REC_BAD_REQUEST')), 'refused'],
    ['403 of the receiver', answered(403, outcome('forbidden', 'REC_FORBIDDEN')), 'refused'],
    ['403 of the proxy', answered(403, outcome('forbidden', 'SEND_FORBIDDEN')), 'again'],
    ['a time-out of the proxy', answered(400, outcome('timeout', 'PROXY_GATEWAY_TIMEOUT')), 'again'],
  ])('%s', (_title, answer, judgement) => {
    expect(judgeAnswer(answer, ids)).toBe(judgement);
  });

  it('waits as long as it is asked to, an hour at most', () => {
    const date = 'Sun, 22 Nov 2026 08:00:00 GMT';
    const waits = [
      { 'retry-after': '7' },
      { 'retry-after': '0' },
      { 'retry-after': 'Sun, 22 Nov 2026 08:01:00 GMT', date },
      { 'retry-after': 'Sun, 22 Nov 2026 07:00:00 GMT', date },
      { 'retry-after': '99999999999' },
    ].map((headers) => waitBefore(3, answered(503, {}, headers as unknown as Record<string, string>), 1));
    expect(waits).toEqual([7000, 0, 60_000, 0, 3_600_000]);
  });

  it('holds a date against its own clock where the other side tells no time', () => {
    const waits = ['Mon, 22 Nov 2100 08:00:00 GMT', 'Sun, 22 Nov 2020 08:00:00 GMT'].map((date) =>
      waitBefore(3, answered(503, {}, { 'retry-after': date }), 1),
    );
    expect(waits).toEqual([3_600_000, 0]);
  });

  it.each(['1.5', '-1', '2026-11-22', 'soon', 'soon GMT'])(
    'waits as without it where it is asked to wait for %s',
    (asked) => {
      const headers = { 'retry-after': asked, date: 'Sun, 22 Nov 2026 08:00:00 GMT' };
      expect(waitBefore(3, answered(503, {}, headers), 1)).toBe(2000);
    },
  );

  it('waits twice as long each time otherwise, with a share of chance', () => {
    const wait = (attempt: number, chance: number) => waitBefore(attempt, answered(503, {}, {}), chance);
    expect([wait(1, 0), wait(1, 1), wait(2, 1), wait(3, 1), wait(20, 1)]).toEqual([250, 500, 1000, 2000, 60_000]);
  });

  it('asks for a new token where it was the token', () => {
    const asks = [
      answered(401, outcome('login', 'REC_UNAUTHORIZED')),
      answered(403, outcome('forbidden', 'SEND_FORBIDDEN')),
      answered(403, outcome('forbidden', 'REC_FORBIDDEN')),
    ].map(asksForNewToken);
    expect(asks).toEqual([true, true, false]);
  });
});
