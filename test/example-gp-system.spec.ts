import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { ExampleProcess } from './example-process.js';

/** docs/examples/gp-system.mjs before a server that says how its referral goes. */
describe('the example of a GP system', () => {
  const data = mkdtempSync(join(tmpdir(), 'ginnel-example-'));
  const kept = join(data, 'gp-system-sending.json');
  let server: Server;
  let url: string;
  let practice: ExampleProcess | undefined;
  /** The referral's own Task, from one look to the next. */
  let states: [status: string, business: string][] = [];
  let looks = 0;

  beforeAll(async () => {
    const { privateKey } = await generateKeyPair('ES384', { extractable: true });
    mkdirSync(join(data, 'client-keys'));
    const key = { ...(await exportJWK(privateKey)), alg: 'ES384', kid: 'k1' };
    writeFileSync(join(data, 'client-keys', 'practice.json'), JSON.stringify(key));
    server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  afterEach(async () => {
    await practice?.end('SIGKILL');
    rmSync(kept, { force: true });
    looks = 0;
  });

  afterAll(() => {
    server.close().closeAllConnections();
    rmSync(data, { recursive: true });
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const { 'x-request-id': requestId = '', 'x-correlation-id': correlationId = '' } = request.headers;
    response.writeHead(200, { 'x-request-id': requestId, 'x-correlation-id': correlationId });
    response.end(JSON.stringify(bodyOf(request.url ?? '')));
  }

  function bodyOf(path: string): object {
    if (path.endsWith('/token')) return { access_token: 'token', expires_in: 300 };
    if (path.endsWith('/$process-message'))
      return { entry: [{ resource: { resourceType: 'ServiceRequest', id: '1' } }] };
    if (!path.includes('/Task?')) return {};
    const [status, business] = states[Math.min(looks++, states.length - 1)] ?? ['requested', 'sent'];
    const meta = { versionId: String(looks), lastUpdated: '2026-11-22T08:00:00Z' };
    return { entry: [{ resource: { id: '2', meta, status, businessStatus: { coding: [{ code: business }] } } }] };
  }

  it.each<[string, string]>([
    ['cancelled', 'cancelled-by-requester'],
    ['entered-in-error', 'error'],
  ])('waits for no summary of what is %s by the practice, and is ready for the next one', async (status, business) => {
    states = [
      ['requested', 'sent'],
      [status, business],
    ];
    practice = new ExampleProcess('gp-system', { url, data });
    expect([await practice.end(), practice.lines, existsSync(kept)]).toEqual([
      0,
      ['The referral: sent', `The referral: ${business}`],
      false,
    ]);
  });

  it('follows a referral of which alternatives are offered, whatever its status', async () => {
    states = [
      ['failed', 'alternatives-offered'],
      ['received', 'acknowledged'],
      ['cancelled', 'cancelled-by-requester'],
    ];
    practice = new ExampleProcess('gp-system', { url, data });
    expect([await practice.end(), practice.lines]).toEqual([
      0,
      ['The referral: alternatives-offered', 'The referral: acknowledged', 'The referral: cancelled-by-requester'],
    ]);
  });
});
