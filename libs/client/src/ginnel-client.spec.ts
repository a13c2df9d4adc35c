import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { OperationOutcome, Parameters, Task } from 'fhir/r4';
import { TokenRefused } from './backend-token.js';
import { GinnelClient, type GinnelClientOptions } from './ginnel-client.js';
import { messageIds } from './messages/message-ids.js';

describe('a request of the client', () => {
  let server: Server;
  let baseUrl: string;
  /** What the other side answers, one after the other; 200 after that. */
  let answers: Said[] = [];
  const tokens: string[] = [];
  const asked: string[] = [];
  const bodies: string[] = [];
  const waited: number[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      tokens.push((request.headers.authorization ?? '').replace('Bearer ', ''));
      const { status, headers = {}, content = '' } = answers.shift() ?? { status: 200, content: '{}' };
      const { 'x-request-id': requestId = '', 'x-correlation-id': correlationId = '' } = request.headers;
      response.writeHead(status, { 'x-request-id': requestId, 'x-correlation-id': correlationId, ...headers });
      void text(request).then((body) => {
        bodies.push(body);
        response.end(content);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/fhir`;
  });

  afterAll(() => {
    server.close().closeAllConnections();
  });

  beforeEach(() => {
    [answers, tokens.length, asked.length, bodies.length, waited.length] = [[], 0, 0, 0, 0];
  });

  function client(token: GinnelClientOptions['token'], wait: () => unknown = () => undefined): GinnelClient {
    return new GinnelClient({
      baseUrl,
      token,
      wait: async (ms) => {
        waited.push(ms);
        await wait();
      },
    });
  }

  describe('and its token', () => {
    let good = 1;
    /** One that is kept while it is good, and given up where it is refused. */
    const kept = (refused?: string) => {
      if (refused === `token ${String(good)}`) good += 1;
      return Promise.resolve(`token ${String(good)}`);
    };
    beforeEach(() => {
      good = 1;
    });

    it('has one that is good after a long wait', async () => {
      answers = [said(503, 'transient', { 'retry-after': '3600' })];
      await client(kept, () => (good = 2)).operation('$do', nothing);
      expect([tokens, waited]).toEqual([['token 1', 'token 2'], [3_600_000]]);
    });

    it('is sent with another one at once where it was refused, at any try', async () => {
      answers = [said(503, 'transient'), said(401, 'login')];
      await client(kept).sendMessage({ resourceType: 'Bundle', type: 'message' });
      expect([tokens, waited.length]).toEqual([['token 1', 'token 1', 'token 2'], 1]);
    });

    it('is sent with another one for each that was refused', async () => {
      answers = [said(401, 'login'), said(503, 'transient'), said(401, 'login')];
      await client(kept, () => (good = 3)).operation('$do', nothing);
      expect(tokens).toEqual(['token 1', 'token 2', 'token 3', 'token 4']);
    });

    it('is refused where another token was no cure', async () => {
      answers = [said(401, 'login'), said(401, 'login')];
      const refused = { status: 401, tries: 2, mayComeLater: false };
      await expect(client(kept).operation('$do', nothing)).rejects.toMatchObject(refused);
      expect([tokens, good, waited]).toEqual([['token 1', 'token 2'], 2, []]);
    });

    it('is refused where there is no other token', async () => {
      answers = [said(401, 'login')];
      const refused = { status: 401, tries: 1, mayComeLater: false };
      await expect(client('token').operation('$do', nothing)).rejects.toMatchObject(refused);
    });

    it('waits where no token is to be had just now, and for none that is refused for good', async () => {
      const away = [new TokenRefused('503', { status: 503 }), new TokenRefused('no answer', { status: 0 })];
      const source = () => {
        const error = away.shift();
        return error ? Promise.reject(error) : Promise.resolve('token');
      };
      await client(source).operation('$do', nothing);
      expect([tokens, waited.length]).toEqual([['token'], 2]);
      const never = () => Promise.reject(new TokenRefused('unknown client', { status: 401 }));
      await expect(client(never).operation('$do', nothing)).rejects.toThrow('The token was refused: unknown client');
    });

    it('waits as long as the token endpoint asks for, and says that there was no token', async () => {
      const away = new TokenRefused('too many', { status: 429, headers: new Headers({ 'retry-after': '40' }) });
      const refused = { status: 0, tries: 8, mayComeLater: true, cause: away };
      await expect(client(() => Promise.reject(away)).operation('$do', nothing)).rejects.toMatchObject(refused);
      expect([tokens, waited]).toEqual([[], Array<number>(7).fill(40_000)]);
    });
  });

  it.each<[string, Said]>([
    ['writers at one moment', said(409, 'transient')],
    ['the same, still being done', said(409, 'conflict', { 'retry-after': '1' })],
  ])('is tried again after a conflict with %s', async (_with, conflict) => {
    answers = [conflict, conflict];
    await client('token').operation('$do', nothing);
    expect([tokens.length, waited.length]).toEqual([3, 2]);
  });

  it('is refused for a conflict with what is there', async () => {
    answers = [said(409, 'conflict')];
    const refused = { status: 409, tries: 1, mayComeLater: false };
    await expect(client('token').operation('$do', nothing)).rejects.toMatchObject(refused);
  });

  it('says why there was no answer', async () => {
    const nowhere = new GinnelClient({ baseUrl: 'http://127.0.0.1:1/fhir', token: 'token', triesAtMost: 1 });
    const cause: unknown = expect.objectContaining({ name: 'TypeError', message: 'fetch failed' });
    await expect(nowhere.read('Task/1')).rejects.toMatchObject({ status: 0, mayComeLater: true, cause });
  });

  it('has no content where an earlier try did it whose answer was lost', async () => {
    answers = [said(503, 'transient'), { status: 200 }];
    const task = await client('token').operation<Task>('Task/1/$split', nothing);
    expect(task?.status).toBeUndefined();
    expect(tokens).toHaveLength(2);
  });

  it.each(['https://elsewhere.test/ginnel/fhir/Task', '/Task', ''])(
    'for the next page goes where all go, at a link to %s',
    async (address) => {
      const page = (id: string, url?: string) => ({
        status: 200,
        content: JSON.stringify({
          resourceType: 'Bundle',
          entry: [{ resource: { resourceType: 'Task', id } }],
          link: url === undefined ? [] : [{ relation: 'next', url }],
        }),
      });
      answers = [page('a', `${address}?_count=1&_page=p%2B2`), page('b')];
      const found: string[] = [];
      for await (const { id = '' } of client('token').search('Task', { _count: '1' })) found.push(id);
      expect([found, asked]).toEqual([
        ['a', 'b'],
        ['/fhir/Task?_count=1', '/fhir/Task?_count=1&_page=p%2B2'],
      ]);
    },
  );

  it('sends a message that is text as it is', async () => {
    const message = '{"type": "message", "resourceType":"Bundle", "entry": []}\n';
    await client('token').sendMessage(message);
    expect(bodies).toEqual([message]);
  });

  it.each<[string, number, string[], boolean]>([
    ['for other bytes under its ids', 400, ['X-Request-Id'], true],
    ['for other bytes under its key', 422, ['Idempotency-Key'], true],
    ['for what it says', 400, ['Bundle.entry'], false],
  ])('says that it is refused %s', async (_why, status, expression, wasOther) => {
    const issue = [{ severity: 'error', code: 'invalid', expression }];
    answers = [{ status, content: JSON.stringify({ resourceType: 'OperationOutcome', issue }) }];
    const sending = client('token').sendMessage({ resourceType: 'Bundle', type: 'message' });
    await expect(sending).rejects.toMatchObject({ status, mayComeLater: false, wasOther });
  });

  it.each<[string | undefined, string | undefined]>([
    ['https://ginnel.test/fhir/ServiceRequest/1/_history/3', 'ServiceRequest/1'],
    ['https://ginnel.test/fhir/ServiceRequest/1', 'ServiceRequest/1'],
    [undefined, undefined],
  ])('that was received before tells what it made, at %s', async (location, made) => {
    answers = [said(409, 'duplicate', location === undefined ? {} : { location })];
    const ids = messageIds();
    const receipt = await client('token').sendMessage({ resourceType: 'Bundle', type: 'message' }, ids);
    expect(receipt).toEqual({ ids, ...(made === undefined ? {} : { made }), tries: 1 });
  });
});

interface Said {
  status: number;
  headers?: Record<string, string>;
  content?: string;
}

const nothing: Parameters = { resourceType: 'Parameters' };

function said(status: number, code: OperationOutcome['issue'][0]['code'], headers: Record<string, string> = {}): Said {
  const outcome: OperationOutcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] };
  return { status, headers, content: JSON.stringify(outcome) };
}
