import { decodeProtectedHeader } from 'jose';
import { TokenVerifier } from '#auth';
import { runIssuerCommand } from '../apps/issuer/src/issuer.module.js';
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
  type Told,
} from './issuer-world.js';
import { eventually } from './eventually.js';

describe('what the issuer ends at once', () => {
  let world: IssuerWorld;
  let key: KeyPair;
  let clock = Date.now();

  beforeAll(async () => {
    world = await startIssuerWorld();
    key = await keyPair('ES384', 'k');
  });
  afterAll(() => world.stop());

  function register(id: string, more: object = {}) {
    const jwks = JSON.stringify({ keys: [key.publicKey] });
    const usual = { id, role: 'practice', organisation: 'worth-valley-practice', jwks };
    return world.first.issuer.register.execute({ ...usual, ...more });
  }
  const tokenOf = async (client: string): Promise<Told> =>
    askToken(world.first, await signed(claimsOf(client), key.privateKey));
  const verifier = (): TokenVerifier =>
    new TokenVerifier({
      issuers: [
        {
          issuer: `${origin}/auth`,
          audience,
          jwksUri: `${world.first.url}/auth/jwks`,
          revocationsUri: `${world.first.url}/auth/revocations`,
        },
      ],
      now: () => new Date(clock),
    });
  const command = async (...words: string[]): Promise<string> =>
    (await runIssuerCommand(world.first.issuer, words)).lines.join('\n');

  it('gives no token to a request that was under way when the client’s keys were changed', async () => {
    await register('under-way');
    const { database } = world.first.issuer;
    const all = database.as(['*']);
    let told: Promise<Told> | undefined;
    await database.transaction(['*'], async (tx) => {
      await tx.query({ text: 'LOCK TABLE used_assertion IN EXCLUSIVE MODE' });
      told = tokenOf('under-way');
      const waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'used_assertion'::regclass";
      await eventually(
        () => all.query({ text: waits }),
        ({ length }) => length > 0,
      );
      await register('under-way', {
        jwks: JSON.stringify({ keys: [(await keyPair('ES384', 'k')).publicKey] }),
        replace: true,
      });
      // Until the next second, by which its token would look like a later one.
      const ended =
        "SELECT 1 FROM revoked_client WHERE client = 'under-way' AND floor(extract(epoch FROM before)) < floor(extract(epoch FROM clock_timestamp()))";
      await eventually(
        () => all.query({ text: ended }),
        ({ length }) => length > 0,
      );
    });
    expect(await told).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('drops a signing key: the next one signs at once, and a service takes nothing of the old one within a minute', async () => {
    clock = Date.now();
    await register('dropping');
    const old = String((await tokenOf('dropping')).body['access_token']);
    const service = verifier();
    expect(await service.authenticate({ authorization: `Bearer ${old}` })).toMatchObject({ client: 'dropping' });
    const { kid = '' } = decodeProtectedHeader(old);
    expect(await command('keys', 'drop')).toContain('ends within a minute');
    const next = String((await tokenOf('dropping')).body['access_token']);
    expect(decodeProtectedHeader(next).kid).not.toBe(kid);
    clock += 20_000;
    await expect(service.authenticate({ authorization: `Bearer ${old}` })).rejects.toMatchObject({ status: 401 });
    const list = (await (await fetch(`${world.first.url}/auth/revocations`)).json()) as { keys: unknown };
    expect(list.keys).toEqual([{ kid }]);
    clock = Date.now();
    expect(await verifier().authenticate({ authorization: `Bearer ${next}` })).toMatchObject({ client: 'dropping' });
  });

  it('ends what a removed person has', async () => {
    const { people } = world.first.issuer;
    const person = {
      name: 'Eve',
      role: 'link-worker',
      organisation: 'modality-airedale',
      password: 'long enough, this',
    };
    await people.add({ ...person, role: 'link-worker' });
    const { id } = (await people.findByName('Eve')) ?? {};
    await command('user', 'remove', 'eve');
    const list = (await (await fetch(`${world.first.url}/auth/revocations`)).json()) as { users: unknown };
    expect(list.users).toEqual([{ user: id }]);
  });

  it('keeps what was done to clients, people and keys, without secrets, names or a way to take it out', async () => {
    await register('noted');
    await command('client', 'suspend', 'noted');
    await command('client', 'remove', 'noted');
    const lines = (await command('client', 'history', 'noted')).split('\n');
    expect(lines.map((line) => line.split('  ')[1])).toEqual([
      'client noted added',
      'client noted changed',
      'client noted removed',
    ]);
    expect(lines[1]).toContain('"suspended":true');
    const { people, database } = world.first.issuer;
    await people.add({ name: 'Fay', role: 'operator', organisation: 'o', password: 'long enough, this' });
    const everything = await command('client', 'history');
    expect(everything).toMatch(/person [0-9a-f-]{36} added {2}.*"role":"operator"/);
    expect(everything).toMatch(/signing_key [0-9a-f-]{36} added/);
    expect(everything).not.toMatch(/Fay|scrypt|sealed|"d"/);
    for (const text of ['DELETE FROM act', "UPDATE act SET verb = 'added'"])
      await expect(database.as(['*']).query({ text })).rejects.toThrow(/permission denied/);
  });
});
