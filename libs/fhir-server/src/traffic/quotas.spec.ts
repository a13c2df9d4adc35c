import { FhirError } from '#fhir';
import { networkOf, Quotas } from './quotas.js';

const quotas = (): Quotas => new Quotas({ requests: 2, requestSeconds: 60, attempts: 2 });

async function refusalOf(work: Promise<unknown>): Promise<FhirError> {
  const reason: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (reason instanceof FhirError) return reason;
  throw new Error('Nothing was refused.');
}

describe('quotas', () => {
  it('tell each client what it has left, and refuse it beyond that with 429 until its time is over', async () => {
    const counted = quotas();
    const told = await counted.count('practice');
    expect(told['ratelimit-policy']).toBe('"client";q=2;w=60');
    expect(told.ratelimit).toMatch(/^"client";r=1;t=(60|59)$/);
    await counted.count('practice');
    const refusal = await refusalOf(counted.count('practice'));
    expect([refusal.status, refusal.issues[0]?.code]).toEqual([429, 'throttled']);
    expect(refusal.headers).toMatchObject({ 'ratelimit-policy': '"client";q=2;w=60' });
    expect(refusal.headers['ratelimit']).toMatch(/^"client";r=0;t=/);
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0);
    expect((await counted.count('provider')).ratelimit).toContain('r=1');
  });

  it('look at no more from an address that guesses, but at credentials that were accepted lately', async () => {
    const counted = quotas();
    counted.accepted('Bearer known');
    for (const guess of ['Bearer a', 'Bearer b']) {
      await counted.refuseGuesses('10.0.0.1', guess);
      await counted.failed('10.0.0.1', guess);
    }
    expect((await refusalOf(counted.refuseGuesses('10.0.0.1', 'Bearer c'))).status).toBe(429);
    expect((await refusalOf(counted.refuseGuesses('10.0.0.1', undefined))).status).toBe(429);
    await counted.refuseGuesses('10.0.0.1', 'Bearer known');
    await counted.refuseGuesses('10.0.0.2', 'Bearer c');
    await counted.failed('10.0.0.1', 'Bearer known');
    expect((await refusalOf(counted.refuseGuesses('10.0.0.1', 'Bearer known'))).status).toBe(429);
  });
});

describe('an address that is counted', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::7', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of %s is %s: a network of IPv6 is one caller', (address, counted) => {
    expect(networkOf(address)).toBe(counted);
  });
});
