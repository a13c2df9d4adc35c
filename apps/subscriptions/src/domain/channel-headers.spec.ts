import { headerIssues, headersOf } from './channel-headers.js';

describe('the headers of a channel', () => {
  it('are sent as they were given', () => {
    expect(headerIssues(['Authorization: Bearer abc.def', 'X-Key:1', 'X-Empty:'])).toEqual([]);
    expect(headersOf(['Authorization: Bearer abc.def ', 'X-Key:1', 'X-Empty:'])).toEqual({
      Authorization: 'Bearer abc.def',
      'X-Key': '1',
      'X-Empty': '',
    });
    expect([headerIssues(), headersOf()]).toEqual([[], {}]);
  });

  it.each([
    'no colon',
    'Two words: x',
    ': x',
    'X-Key: a\r\nX-Other: b',
    'X-Key: caf\u00e9',
    'X-Key: \u0000',
    ' X-Key: 1',
  ])('are refused where one is no header: %j', (header) => {
    expect(headerIssues(['X-Fine: 1', header])).toEqual([
      {
        severity: 'error',
        code: 'value',
        diagnostics: 'A header is written as Name: value, in ASCII and on one line.',
        expression: ['Subscription.channel.header[1]'],
      },
    ]);
  });

  it.each([
    'Host: x',
    'content-length: 1',
    'Transfer-Encoding: chunked',
    'X-Ginnel-Event-Id: 1',
    'x-correlation-id: 1',
  ])('leave to the server what is its own: %s', (header) => {
    expect(headerIssues([header]).map(({ diagnostics }) => diagnostics)).toEqual([
      'This header is set by the server itself.',
    ]);
  });

  it.each([[Array.from({ length: 21 }, (_, at) => `X-${String(at)}: 1`)], [[`X-Long: ${'a'.repeat(8_000)}`]]])(
    'have a limit',
    (headers) => {
      expect(headerIssues(headers).map(({ code }) => code)).toEqual(['too-long']);
    },
  );
});
