import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { ExampleProcess } from './example-process.js';

/** Its look now and then is one every 60 ms. */
const hurried =
  'data:text/javascript,const of = setInterval; globalThis.setInterval = (f, ms) => of(f, ms / 1000);'.replaceAll(
    ' ',
    '%20',
  );

/** docs/examples/provider.mjs before a server that holds it to its keys. */
describe('the example of a provider', () => {
  const data = mkdtempSync(join(tmpdir(), 'ginnel-example-'));
  let server: Server;
  let url: string;
  let examples: ExampleProcess[] = [];
  /** Bodies by Idempotency-Key, as a server remembers them. */
  const bodies = new Map<string, string>();
  const turns: string[] = [];
  /** What the worklist has. */
  let waiting: string[] = [];
  let looks = 0;
  /** How the next turn of this name is answered, and how often. */
  let asked: { turn: string; status: number; times: number } | undefined;
  let hasTurned = (): void => undefined;

  beforeAll(async () => {
    const { privateKey } = await generateKeyPair('ES384', { extractable: true });
    mkdirSync(join(data, 'client-keys'));
    const key = { ...(await exportJWK(privateKey)), alg: 'ES384', kid: 'k1' };
    writeFileSync(join(data, 'client-keys', 'provider-khl.json'), JSON.stringify(key));
    server = createServer((request, response) => {
      void answerTo(request).then(({ status = 200, body = {} }) => {
        if (status === 0) return; // it is being done
        response.writeHead(status, { 'retry-after': '0' }).end(JSON.stringify(body));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  afterEach(async () => {
    await Promise.all(examples.map((each) => each.end('SIGKILL')));
    rmSync(join(data, 'provider-open.json'), { force: true });
    [examples, turns.length, looks, asked] = [[], 0, 0, undefined];
    bodies.clear();
  });

  afterAll(() => {
    server.close().closeAllConnections();
    rmSync(data, { recursive: true });
  });

  function provider(): ExampleProcess {
    const started = new ExampleProcess('provider', { url, data }, ['--import', hurried]);
    examples.push(started);
    return started;
  }

  async function answerTo(request: IncomingMessage): Promise<{ status?: number; body?: object }> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const path = request.url ?? '';
    const turn = /\/Task\/1\/\$(.+)$/.exec(path)?.[1];
    if (turn !== undefined) return turned(turn, request, Buffer.concat(parts).toString('utf8'));
    if (path.endsWith('/token')) return { body: { access_token: 'token', expires_in: 300 } };
    if (path.includes('/$events')) return { status: looks++ === 0 ? 400 : 200 };
    if (path.includes('/Task?')) return { body: { entry: waiting.map((id) => ({ resource: { id } })) } };
    return { body: { id: '1', authoredOn: '2026-11-22T08:00:00Z' } };
  }

  function turned(turn: string, { headers }: IncomingMessage, body: string): { status: number } {
    turns.push(turn);
    hasTurned();
    const key = String(headers['idempotency-key']);
    if ((bodies.get(key) ?? body) !== body) return { status: 422 };
    bodies.set(key, body);
    if (asked?.turn !== turn || asked.times-- <= 0) return { status: 200 };
    return { status: asked.status };
  }

  const all = ['acknowledge', 'record-contact', 'accept', 'start', 'complete'];

  it('goes on after a crash with what it had begun', async () => {
    [waiting, asked] = [['1'], { turn: 'start', status: 0, times: 1 }];
    const crashed = provider();
    while (turns.at(-1) !== 'start') await new Promise<void>((turn) => (hasTurned = turn));
    await crashed.end('SIGKILL');
    waiting = [];
    const again = provider();
    await again.said('Completed: Task/1');
    expect(turns).toEqual([...all.slice(0, 4), ...all]);
  });

  it('works again at its next look on what failed, though a look failed, too', async () => {
    [waiting, asked] = [['1'], { turn: 'complete', status: 503, times: 8 }];
    await provider().said('Completed: Task/1');
    expect(turns).toEqual([...all, ...Array<string>(7).fill('complete'), ...all]);
    expect(looks).toBeGreaterThan(0);
  });
});
