import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, jwtVerify, type CryptoKey } from 'jose';
import { backendToken, type TokenRefused } from './backend-token.js';

describe('a token by SMART Backend Services', () => {
  let server: Server;
  let tokenUrl: string;
  let key: JWK;
  let publicKey: CryptoKey;
  const asked: URLSearchParams[] = [];
  let now = new Date('2026-11-22T08:00:00Z');

  beforeAll(async () => {
    const pair = await generateKeyPair('ES384', { extractable: true });
    publicKey = pair.publicKey;
    key = { ...(await exportJWK(pair.privateKey)), alg: 'ES384', kid: 'k1' };
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        asked.push(new URLSearchParams(Buffer.concat(parts).toString('utf8')));
        const isRefused = asked.at(-1)?.get('scope') === 'too-much';
        response.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/json', 'retry-after': '7' });
        const granted = { access_token: `token ${String(asked.length)}`, expires_in: 300 };
        response.end(JSON.stringify(isRefused ? { error_description: 'A scope goes beyond.' } : granted));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    tokenUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/auth/token`;
  });

  afterAll(() => {
    server.close().closeAllConnections();
  });

  beforeEach(() => {
    asked.length = 0;
  });

  const source = (scope = 'system/Task.rs') => backendToken({ tokenUrl, clientId: 'me', key, scope }, () => now);

  it('is asked for with an assertion that is signed, short and new', async () => {
    await source()();
    const [form] = asked;
    const assertion = form?.get('client_assertion') ?? '';
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
      currentDate: now,
      audience: tokenUrl,
    });
    expect([form?.get('grant_type'), form?.get('scope'), payload.iss, payload.sub, protectedHeader.kid]).toEqual([
      'client_credentials',
      'system/Task.rs',
      'me',
      'me',
      'k1',
    ]);
    expect((payload.exp ?? 0) - now.getTime() / 1000).toBeLessThanOrEqual(300);
  });

  it('is kept until shortly before it ends, and asked for once by calls at once', async () => {
    const token = source();
    const first = await Promise.all([token(), token(), token()]);
    now = new Date(now.getTime() + 269_000);
    const later = await token();
    now = new Date(now.getTime() + 2_000);
    expect([...first, later, await token()]).toEqual(['token 1', 'token 1', 'token 1', 'token 1', 'token 2']);
  });

  it('is another one where the last was refused', async () => {
    const token = source();
    const first = await token();
    expect([first, await token(first), await token(first)]).toEqual(['token 1', 'token 2', 'token 2']);
  });

  it('says why there is none', async () => {
    const refused: unknown = await source('too-much')().catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: 'The token was refused: A scope goes beyond.', status: 400 });
    expect((refused as TokenRefused).headers.get('retry-after')).toBe('7');
  });

  it('says that there was no answer', async () => {
    const nowhere = backendToken({ tokenUrl: 'http://127.0.0.1:1/', clientId: 'me', key, scope: 'system/Task.rs' });
    await expect(nowhere()).rejects.toMatchObject({ name: 'TokenRefused', status: 0 });
  });
});
