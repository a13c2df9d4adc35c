import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importSPKI, exportSPKI, importJWK, SignJWT } from 'jose';
import { askToken, claimsOf, type KeyPair, keyPair, signed, type Told } from './issuer-world.js';
import { expectRefused, type SmartWorld, startSmartWorld } from './smart-world.js';

/**
 * What SMART Backend Services demands of a server.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
 * https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
describe('SMART Backend Services: the authorization server SHALL', () => {
  let world: SmartWorld;
  let ec: KeyPair;
  let rsa: KeyPair;
  let rsa512: KeyPair;

  beforeAll(async () => {
    world = await startSmartWorld();
    ({ ec, rsa, rsa512 } = world);
  });
  afterAll(() => world.stop());

  describe('validate the signature of the authentication JWT', () => {
    it.each(['ec', 'rsa', 'rsa512'])('of ES384, RS384 and RS512: %s', async (kid) => {
      const pair = { ec, rsa, rsa512 }[kid];
      const answer = await askToken(world.first, await signed(claimsOf('one'), pair?.privateKey ?? {}));
      expect(answer.status).toBe(200);
    });

    it('refusing another key under the right kid', async () => {
      const stranger = await keyPair('ES384', 'ec');
      expectRefused(await askToken(world.first, await signed(claimsOf('one'), stranger.privateKey)), /signature/);
    });

    it('refusing claims that were changed after signing', async () => {
      const [header, , signature] = (await signed(claimsOf('other'), ec.privateKey)).split('.');
      const claims = Buffer.from(JSON.stringify(claimsOf('one'))).toString('base64url');
      expectRefused(await askToken(world.first, [header, claims, signature].join('.')), /signature/);
    });

    it('refusing alg none, signed or not', async () => {
      const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
      const bare = `${encode({ alg: 'none', typ: 'JWT', kid: 'ec' })}.${encode(claimsOf('one'))}.`;
      expectRefused(await askToken(world.first, bare), /alg/);
    });

    it('refusing HS256 with the public key as its secret', async () => {
      const pem = await exportSPKI(
        await importSPKI(await exportSPKI((await importJWK(rsa.publicKey)) as never), 'RS384'),
      );
      const confused = await new SignJWT(claimsOf('one'))
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'rsa' })
        .sign(new TextEncoder().encode(pem));
      expectRefused(await askToken(world.first, confused), /alg/);
    });

    it.each(['RS256', 'PS384', 'ES256', 'EdDSA'])('refusing %s, which is not offered', async (alg) => {
      const [, claims, signature] = (await signed(claimsOf('one'), ec.privateKey)).split('.');
      const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT', kid: 'ec' })).toString('base64url');
      expectRefused(await askToken(world.first, [header, claims, signature].join('.')), /alg/);
    });

    it('refusing a key of another kind than alg needs', async () => {
      expectRefused(await world.ask({}, { kid: 'rsa' }), /kid/);
    });
  });

  describe('resolve the key by registration alone', () => {
    it('refusing a JWT without kid, and one with a kid that no key has', async () => {
      expectRefused(await world.ask({}, { kid: undefined }), /kid/);
      expectRefused(await world.ask({}, { kid: 'unheard-of' }), /kid/);
    });

    it('refusing a kid that two keys have', async () => {
      const two = [await keyPair('ES384', 'same'), await keyPair('ES384', 'same')] as const;
      const keys = two.map(({ publicKey }) => publicKey);
      await expect(world.register('twins', two)).rejects.toThrow('same kid');
      await world.first.issuer.clients.add({
        id: 'twins',
        role: 'provider',
        organisation: 'project-6',
        scopes: ['system/*.cruds'],
        redirectUris: [],
        suspended: false,
        jwks: { keys },
      });
      for (const { privateKey } of two) {
        expectRefused(await askToken(world.first, await signed(claimsOf('twins'), privateKey)), /exactly one/);
      }
    });

    it.each(['jwk', 'x5c', 'x5u', 'x5t'])('refusing a key in the header: %s', async (name) => {
      const stranger = await keyPair('ES384', 'ec');
      const value = { jwk: stranger.publicKey, x5c: ['MIIB'], x5u: 'https://evil.example/key', x5t: 'abc' }[name];
      const assertion = await signed(claimsOf('one'), stranger.privateKey, { [name]: value });
      expectRefused(await askToken(world.first, assertion), /registration/);
    });

    it('refusing crit, which asks for rules that nobody here knows', async () => {
      const name = 'https://ginnel.test/crit';
      expectRefused(await world.ask({}, { crit: [name], [name]: 1 }), /registration/);
    });

    it('refusing a typ that is not JWT', async () => {
      expectRefused(await world.ask({}, { typ: 'at+jwt' }), /typ/);
      expectRefused(await world.ask({}, { typ: undefined }), /typ/);
    });

    it('refusing jku of a client that registered its keys themselves', async () => {
      expectRefused(await world.ask({}, { jku: 'https://ginnel.test/keys' }), /jku/);
    });
  });

  describe('support registration by the address of a key set', () => {
    let host: Server;
    let url: string;
    let keys: KeyPair[];
    let cacheControl: string;
    let fetched = 0;
    let answerStatus = 200;

    beforeAll(async () => {
      keys = [await keyPair('ES384', 'now')];
      cacheControl = 'max-age=3600';
      host = createServer((request, response) => {
        fetched += 1;
        if (request.url === '/moved') {
          response.writeHead(302, { location: '/keys' }).end();
          return;
        }
        const body =
          request.url === '/long'
            ? 'x'.repeat(100_000)
            : JSON.stringify({ keys: keys.map(({ publicKey }) => publicKey) });
        response
          .writeHead(answerStatus, { 'cache-control': cacheControl, 'content-type': 'application/json' })
          .end(body);
      });
      await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${String((host.address() as AddressInfo).port)}`;
      for (const path of ['keys', 'moved', 'long', 'uncached'])
        await world.first.issuer.register.execute({
          id: `at-${path}`,
          role: 'provider',
          organisation: 'project-6',
          jwks: `${url}/${path}`,
        });
    });
    afterAll(() => host.close());

    const askAs = async (client: string, header: object = {}): Promise<Told> =>
      askToken(world.first, await signed(claimsOf(client), keys[0]?.privateKey ?? {}, header));

    it('fetching it once for as long as Cache-Control lets it', async () => {
      const before = fetched;
      expect((await askAs('at-keys')).status).toBe(200);
      expect((await askAs('at-keys')).status).toBe(200);
      expect(fetched).toBe(before + 1);
    });

    it('keeping it no longer than Cache-Control says', async () => {
      cacheControl = 'no-store';
      const before = fetched;
      expect((await askAs('at-uncached')).status).toBe(200);
      expect((await askAs('at-uncached')).status).toBe(200);
      expect(fetched).toBe(before + 2);
    });

    it('taking jku where it is the registered address, and no other', async () => {
      expect((await askAs('at-keys', { jku: `${url}/keys` })).status).toBe(200);
      const before = fetched;
      expectRefused(await askAs('at-keys', { jku: `${url}/elsewhere` }), /jku/);
      expectRefused(await askAs('at-keys', { jku: `${url}/keys#` }), /jku/);
      expect(fetched).toBe(before);
    });

    it('refusing when it is answered by a redirect, with too much or with an error', async () => {
      expectRefused(await askAs('at-moved'), /cannot be fetched/);
      expectRefused(await askAs('at-long'), /cannot be fetched/);
      answerStatus = 500;
      expectRefused(await askAs('at-uncached'), /cannot be fetched/);
      answerStatus = 200;
    });
  });
});
