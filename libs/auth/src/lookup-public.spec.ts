import { isHostNotPublic, lookupPublic } from './lookup-public.js';

/** A name that is an address answers with itself: what a resolver would say of a name of that address. */
function look(hostname: string, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    lookupPublic(hostname, { all }, (error, address, family) => {
      if (error) reject(error);
      else resolve({ address, family });
    });
  });
}

describe('the addresses of a host', () => {
  it('are taken where all of them are public, in the form that was asked for', async () => {
    expect([await look('1.1.1.1', true), await look('1.1.1.1', false)]).toEqual([
      { address: [{ address: '1.1.1.1', family: 4 }], family: undefined },
      { address: '1.1.1.1', family: 4 },
    ]);
  });

  it.each(['localhost', '127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1', 'fd00::1'])(
    'are refused where one is not: %s',
    async (hostname) => {
      const refusals = await Promise.all(
        [true, false].map((all) => look(hostname, all).catch((error: unknown) => error)),
      );
      expect(refusals.map(isHostNotPublic)).toEqual([true, true]);
    },
  );
});
