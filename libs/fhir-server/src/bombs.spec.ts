import { gzipSync } from 'node:zlib';
import { type Answer, issuesOf, type RunningServer, startServer } from '../test/running-server.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
});

const xml = { 'content-type': 'application/fhir+xml' };
const megabyte = 1024 * 1024;
const laughs = Array.from({ length: 20 }, (_, at) => `<!ENTITY l${String(at + 1)} "${`&l${String(at)};`.repeat(10)}">`);
const inTask = (content: string): string =>
  `<Task xmlns="http://hl7.org/fhir"><status value="requested"/><intent value="order"/>${content}</Task>`;
const entry = { request: { method: 'GET', url: 'Task/1' } };

/** Sixty megabytes of blanks in sixty kilobytes. */
const bomb = gzipSync(Buffer.alloc(60 * megabyte, ' '));

async function gzipped(bytes: Buffer): Promise<Answer> {
  const headers = {
    authorization: 'Bearer practice',
    'content-type': 'application/fhir+json',
    'content-encoding': 'gzip',
  };
  const body = new Uint8Array(bytes);
  const answer = await fetch(`${server.address}/fhir/Task`, { method: 'POST', body, headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) as unknown };
}

describe('little that would become much is refused before it does', () => {
  it('a body that inflates to a thousand times its length', async () => {
    const before = process.memoryUsage().rss;
    const answers = await Promise.all(Array.from({ length: 8 }, () => gzipped(bomb)));
    expect(answers.map((answer) => [answer.status, issuesOf(answer)[0]?.code])).toEqual(
      Array.from({ length: 8 }, () => [413, 'too-long']),
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * megabyte);
  });

  it.each([
    ['entities within entities', `<!DOCTYPE t [<!ENTITY l0 "ha">${laughs.join('')}]>${inTask('&l20;')}`],
    ['an entity from a file', `<!DOCTYPE t [<!ENTITY f SYSTEM "file:///etc/passwd">]>${inTask('&f;')}`],
    ['an entity from an address', `<!DOCTYPE t SYSTEM "http://127.0.0.1:1/t.dtd">${inTask('')}`],
    ['an entity that nobody declared', inTask('<description value="&hosts;"/>')],
    ['elements without end within one another', inTask('<extension url="x">'.repeat(50_000))],
  ])('XML: %s', async (_title, body) => {
    const answer = await server.call('POST /fhir/Task', { body, headers: xml });
    expect([answer.status, issuesOf(answer)[0]?.severity]).toEqual([400, 'error']);
    expect(answer.text).not.toContain('root:');
  });

  it('a batch of more entries than are taken', async () => {
    const body = { resourceType: 'Bundle', type: 'batch', entry: Array.from({ length: 501 }, () => entry) };
    const answer = await server.call('POST /fhir', { body });
    expect([answer.status, issuesOf(answer)[0]?.code]).toEqual([413, 'too-costly']);
  });

  it.each<[string, string]>([
    ['a chain of twenty', `GET /fhir/Task?${'part-of:Task.'.repeat(20)}status=requested`],
    ['_has within _has', `GET /fhir/Task?${'_has:Task:part-of:'.repeat(20)}status=requested`],
    [
      'a thousand values of one parameter',
      `GET /fhir/Task?_id=${Array.from({ length: 1_500 }, (_, at) => at).join(',')}`,
    ],
    ['a pattern where a text stands', `GET /fhir/Task?code:text:contains=${encodeURIComponent('((a+)+)+$')}`],
    [
      'a hundred includes',
      `GET /fhir/Task?${Array.from({ length: 99 }, () => '_include:iterate=Task:part-of').join('&')}&a=1`,
    ],
    ['an address without end', `GET /fhir/Task?_id=${'a'.repeat(9_000)}`],
  ])('in a search: %s', async (_title, request) => {
    const answer = await server.call(request);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(issuesOf(answer)[0]?.severity).toBe('error');
  });

  it('headers in thousands', async () => {
    const many = Array.from({ length: 3_000 }, (_, at) => `x${String(at)}: y`).join('\r\n');
    const answer = await server.raw(`GET /fhir/Task HTTP/1.1\r\nHost: a\r\n${many}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('OperationOutcome');
  });

  it('and others are answered as before', async () => {
    expect((await server.call('GET /fhir/Task')).status).toBe(200);
    expect(server.log()).not.toContain('unexpected error');
  });
});

it.each(['GET /fhir/Task', 'GET /fhir/none', 'GET /fhir/metadata', 'GET /docs', 'GET /metrics', 'GET /none'])(
  'the answer to %s is kept by nobody, guessed to be nothing else and runs nothing',
  async (request) => {
    const { headers } = await server.call(request);
    const named = ['cache-control', 'x-content-type-options', 'referrer-policy'].map((name) => headers.get(name));
    expect(named).toEqual(['no-store', 'nosniff', 'no-referrer']);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe/);
  },
);
