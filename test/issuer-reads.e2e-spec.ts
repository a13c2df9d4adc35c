import { decodeProtectedHeader } from 'jose';
import { TokenVerifier } from '#auth';
import {
  askToken,
  audience,
  claimsOf,
  type IssuerWorld,
  type KeyPair,
  keyPair,
  origin,
  signed,
  startIssuerWorld,
} from './issuer-world.js';
import { eventually } from './eventually.js';
import { startWorld, type World } from './world.js';

describe('services that read with tokens of the issuer', () => {
  let issuers: IssuerWorld;
  let key: KeyPair;
  let worlds: World[] = [];
  let ahead = 0;

  beforeAll(async () => {
    // Longer than a service waits before it looks for keys again.
    issuers = await startIssuerWorld({ publishAheadMs: 6_000, limits: { tokens: 100_000 } });
    key = await keyPair('ES384', 'k');
    const jwks = JSON.stringify({ keys: [key.publicKey] });
    await issuers.first.issuer.register.execute({
      id: 'reader',
      role: 'practice',
      organisation: 'worth-valley-practice',
      jwks,
    });
    const { url } = issuers.first;
    const trusted = {
      issuer: `${origin}/auth`,
      audience,
      jwksUri: `${url}/auth/jwks`,
      revocationsUri: `${url}/auth/revocations`,
    };
    // Each has a verifier of its own, as replicas have.
    const start = () =>
      startWorld({ authenticator: new TokenVerifier({ issuers: [trusted], now: () => new Date(Date.now() + ahead) }) });
    worlds = [await start(), await start()];
  }, 60_000);
  afterAll(async () => {
    for (const world of worlds) await world.stop();
    await issuers.stop();
  });

  async function token(): Promise<string> {
    const scope = 'system/HealthcareService.rs';
    const { status, body } = await askToken(issuers.first, await signed(claimsOf('reader'), key.privateKey), {
      form: { scope },
    });
    expect(status).toBe(200);
    return String(body['access_token']);
  }
  const reads = (bearer: string): Promise<number[]> =>
    Promise.all(
      worlds.map(async ({ url }) => {
        const answer = await fetch(`${url}/fhir/HealthcareService?_count=1`, {
          headers: { authorization: `Bearer ${bearer}` },
        });
        await answer.arrayBuffer();
        return answer.status;
      }),
    );

  it('answer every read through a rotation of the signing keys', async () => {
    const first = await token();
    const { kid } = await issuers.first.issuer.keys.rotate();
    const turn = async (): Promise<string | undefined> => {
      const latest = await token();
      expect([...(await reads(latest)), ...(await reads(first))]).toEqual([200, 200, 200, 200]);
      return decodeProtectedHeader(latest).kid;
    };
    expect(decodeProtectedHeader(first).kid).not.toBe(kid);
    await eventually(turn, (signing) => signing === kid);
  });

  it('answer 401 within a minute of a suspension, whatever they knew before', async () => {
    const bearer = await token();
    expect(await reads(bearer)).toEqual([200, 200]);
    await issuers.first.issuer.clients.suspend('reader');
    ahead = 59_000;
    expect(await reads(bearer)).toEqual([401, 401]);
  });
});
