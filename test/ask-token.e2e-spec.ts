import { decodeJwt } from 'jose';
import { freePort } from '#launchers';
import { askToken } from '../apps/sandbox/src/issuer/ask-token.js';
import { type IssuerWorld, startIssuerWorld } from './issuer-world.js';

describe('a token by command', () => {
  let world: IssuerWorld;

  beforeAll(async () => {
    // The address that clients know is the one that the command sends to.
    const port = await freePort();
    const origin = `http://127.0.0.1:${String(port)}`;
    world = await startIssuerWorld({ origin, audience: `${origin}/fhir`, port });
  });
  afterAll(() => world.stop());

  it('without a scope has all that is registered for the client, and no more', async () => {
    const scope = 'system/Task.rus system/Patient.rs';
    const { privateKey: key } = await world.first.issuer.register.execute({
      id: 'my-system',
      role: 'provider',
      organisation: 'project-6',
      scope,
    });
    if (!key) throw new Error('A client that is registered without keys is given a pair.');
    const { access_token: token } = await askToken({ origin: world.first.url, client: 'my-system', key });
    expect(decodeJwt(token)['scope']).toBe(scope);
    const less = await askToken({ origin: world.first.url, client: 'my-system', key, scope: 'system/Task.r' });
    expect(decodeJwt(less.access_token)['scope']).toBe('system/Task.r');
    const more = askToken({ origin: world.first.url, client: 'my-system', key, scope: 'system/*.cruds' });
    await expect(more).rejects.toThrow(/goes beyond what is registered/);
  });
});
