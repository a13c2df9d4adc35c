import { issuesOf, type RunningServer, startServer } from '../test/running-server.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
});

const nested = (depth: number): string => `${'{"extension":['.repeat(depth)}${']}'.repeat(depth)}`;
const task = { resourceType: 'Task', status: 'requested', intent: 'order' };
const json = JSON.stringify(task);

describe('hostile input is answered by an OperationOutcome of class 4xx', () => {
  it.each<[string, string, number]>([
    ['truncated JSON', '{"resourceType":"Task","status":', 400],
    ['no JSON', 'status=requested', 400],
    ['nothing', '', 400],
    ['white space', ' \n', 400],
    ['an array', '[]', 400],
    ['a number', '1', 400],
    ['null', 'null', 400],
    ['an empty object', '{}', 400],
    ['no resourceType', '{"status":"requested"}', 400],
    ['a resourceType that is a number', '{"resourceType":1}', 400],
    ['another resourceType', '{"resourceType":"Patient"}', 400],
    ['an unknown resourceType', '{"resourceType":"Tsak"}', 400],
    ['the prototype', '{"resourceType":"Task","__proto__":{"status":"requested"},"intent":"order"}', 400],
    ['a constructor', '{"resourceType":"constructor"}', 400],
    ['duplicate keys', '{"resourceType":"Task","status":"requested","status":"completed","intent":"order"}', 400],
    ['depth 200', `{"resourceType":"Task","status":"requested","intent":"order","extension":[${nested(200)}]}`, 400],
    ['depth 100,000', '['.repeat(100_000), 400],
    ['a number beyond measure', `{"resourceType":"Task","priority":${'9'.repeat(400)}}`, 400],
    [
      'a character that no text may hold',
      '{"resourceType":"Task","status":"requested","intent":"order","description":"\\u0000"}',
      400,
    ],
    ['1 MB and a byte', JSON.stringify({ ...task, description: 'x'.repeat(1024 * 1024) }), 413],
    ['10 MB', JSON.stringify({ ...task, description: 'x'.repeat(10 * 1024 * 1024) }), 413],
  ])('a body of %s', async (_title, body, status) => {
    const answer = await server.call('POST /fhir/Task', { body });
    expect([answer.status, issuesOf(answer)[0]?.severity]).toEqual([status, 'error']);
    expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  });

  it('a body that is not UTF-8', async () => {
    const body = new Uint8Array([...Buffer.from('{"resourceType":"Task","description":"'), 0xff, 0xfe, 0x22, 0x7d]);
    const headers = { authorization: 'Bearer practice', 'content-type': 'application/fhir+json' };
    const response = await fetch(`${server.address}/fhir/Task`, { method: 'POST', body, headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it.each<[string, Record<string, string>, number]>([
    ['another content type', { 'content-type': 'text/turtle' }, 415],
    ['JSON that is said to be XML', { 'content-type': 'application/fhir+xml' }, 400],
    ['no media type at all', { 'content-type': 'garbage' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a body that is said to be gzip', { 'content-encoding': 'gzip' }, 400],
    ['a body compressed otherwise', { 'content-encoding': 'br' }, 415],
    ['another character set', { 'content-type': 'application/fhir+json; charset=utf-16' }, 415],
    ['a wish for Turtle', { accept: 'text/turtle' }, 406],
    ['two request ids', { 'x-request-id': 'a, b' }, 400],
    ['a request id without end', { 'x-request-id': 'x'.repeat(4000) }, 400],
    ['a correlation id with markup', { 'x-correlation-id': '<script>' }, 400],
    ['another kind of authorization', { authorization: 'Basic cHJhY3RpY2U6cHJhY3RpY2U=' }, 401],
  ])('%s', async (_title, headers, status) => {
    const answer = await server.call('POST /fhir/Task', { body: json, headers });
    expect([answer.status, issuesOf(answer)[0]?.severity]).toEqual([status, 'error']);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each<[string, number]>([
    ['GET /fhir/Tsak', 404],
    ['GET /fhir/__proto__', 404],
    ['GET /fhir/constructor/1', 404],
    ['GET /fhir/Task/bad_id', 400],
    ['GET /fhir/Task/%00', 400],
    ["GET /fhir/Task/1'%20OR%20'1'='1", 400],
    ['GET /fhir/Task/..%2f..%2fetc%2fpasswd', 400],
    ['GET /fhir/Task/%E0%A4%A', 400],
    ['GET /fhir/Task/%', 400],
    [`GET /fhir/Task/${'a'.repeat(5000)}`, 400],
    ['GET /fhir/Task/1/_history/0', 404],
    ['GET /fhir/Task/1/_history/99999999999', 404],
    ['GET /fhir/Task/1/_history/-1', 404],
    ['GET /fhir/Task/1/_history?_count=0', 400],
    ['GET /fhir/Task/1/_history?_since=soon', 400],
    ['GET /fhir/Task?unknown=1', 400],
    ['GET /fhir/Task?status:unknown=1', 400],
    ['GET /fhir/Task?code=%00', 400],
    ['GET /fhir/Task?_lastUpdated=never', 400],
    ['GET /fhir/Task?_lastUpdated=99999-01-01', 400],
    ['GET /fhir/Task?_count=x', 400],
    ['GET /fhir/Task?_count=-1', 400],
    ['GET /fhir/Task?_cursor=forged', 400],
    ['GET /fhir/Task?_sort=unknown', 400],
    ['GET /fhir/Task?_include=Task:unknown', 400],
    ['GET /fhir/Task?_format=turtle', 406],
    [`GET /fhir/Task?${Array.from({ length: 101 }, () => '_id=1').join('&')}`, 413],
    ['GET /fhir/Task/1?status=x', 400],
    ['POST /fhir/Task/_search', 400],
    ['DELETE /fhir/Task/1', 405],
    ['PATCH /fhir/Task/1', 400],
    ['OPTIONS /fhir/Task', 405],
    ['PROPFIND /fhir/Task', 405],
  ])('%s', async (request, status) => {
    const sent = request.startsWith('POST') ? formOf('unknown=1') : {};
    const answer = await server.call(request, sent);
    expect([answer.status, issuesOf(answer)[0]?.severity]).toEqual([status, 'error']);
  });

  it.each([
    ['a path that leaves its folder', 'GET /fhir/Task/../../etc/passwd HTTP/1.1\r\nHost: a\r\n', 4],
    ['an absolute address', 'GET http://evil.example/fhir/Task HTTP/1.1\r\nHost: evil.example\r\n', 4],
    ['no HTTP', 'HELLO\r\n', 4],
    ['a header line that is none', 'GET /fhir/Task HTTP/1.1\r\nHost: a\r\nbroken\r\n', 4],
    ['two lengths', 'POST /fhir/Task HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n', 4],
    [
      'a length and chunks',
      'POST /fhir/Task HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n',
      4,
    ],
    ['headers without end', `GET /fhir/Task HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n`, 4],
    ['a name of another page in Host', 'GET /fhir/metadata HTTP/1.1\r\nHost: evil.example\r\n', 2],
  ])('%s, as bytes', async (_title, head, statusClass) => {
    const answer = await server.raw(`${head}Connection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${String(statusClass)}\\d\\d `));
    expect(answer).not.toContain('evil.example');
    if (statusClass === 4) expect(answer).toMatch(/application\/fhir\+json[^]*"resourceType":"OperationOutcome"/);
  });

  it.each([
    ['X-Request-Id: r-1\r\nx-correlation-ID:c-1\r\nbroken\r\n', 'r-1', 'c-1'],
    ['X-Request-Id: r 1\r\nbroken\r\n', '[0-9a-f-]{36}', '[0-9a-f-]{36}'],
    [`X-Correlation-Id: c-1\r\nX: ${'x'.repeat(20_000)}\r\n`, '[0-9a-f-]{36}', 'c-1'],
  ])('that is no HTTP bears the ids that came with it', async (headers, requestId, correlationId) => {
    const answer = await server.raw(`GET /fhir/Task HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
    expect(answer).toMatch(new RegExp(`^X-Request-Id: ${requestId}\r$`, 'm'));
    expect(answer).toMatch(new RegExp(`^X-Correlation-Id: ${correlationId}\r$`, 'm'));
  });

  it('has made no answer of class 5xx', async () => {
    const { text } = await server.call('GET /metrics', { token: '' });
    expect(text).toMatch(/status="4\d\d"/);
    expect(text).not.toMatch(/status="5(?!01)\d\d"/);
    expect(server.log()).not.toContain('unexpected error');
  });
});

function formOf(body: string): { body: string; headers: Record<string, string> } {
  return { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
}
