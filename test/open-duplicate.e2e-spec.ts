import { randomUUID } from 'node:crypto';
import type { Bundle, OperationOutcome, Task } from 'fhir/r4';
import { inventedMessage } from '../apps/sandbox/src/story/invented-message.js';
import { ReferralActors } from './referral-actors.js';
import { type Answer, startWorld, type World } from './world.js';

describe('a person who is referred to an activity again while a referral to it is open', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  const duplicateOf = async (part: string) => {
    const { input = [] } = await actors.read<Task>('provider-khl', `Task/${part}`);
    return input.find(({ type }) => type.coding?.[0]?.code === 'open-duplicate')?.valueReference?.reference;
  };

  it('is referred, and requester and provider see the other part', async () => {
    const first = await actors.refer('staying-steady');
    const again = await actors.refer('staying-steady', first.patient);
    expect([await duplicateOf(first.part), await duplicateOf(again.part)]).toEqual([undefined, `Task/${first.part}`]);
    const { status } = await actors.move('provider-khl', again.part, { status: 'accepted' });
    expect(status).toBe(200);
  });

  it('is nobody else, and no other activity', async () => {
    const { patient } = await actors.refer('staying-steady');
    const others = [await actors.refer('staying-steady'), await actors.refer('games-cafe', patient)];
    expect(await Promise.all(others.map(({ part }) => duplicateOf(part)))).toEqual([undefined, undefined]);
  });

  it('may be referred again where the first referral is over', async () => {
    const first = await actors.refer('staying-steady');
    await actors.start('provider-khl', first.part);
    await actors.complete('provider-khl', first.part);
    const again = await actors.refer('staying-steady', first.patient);
    expect(await duplicateOf(again.part)).toBeUndefined();
  });

  it('is seen where another referral asks one provider more', async () => {
    const first = await actors.refer('games-cafe');
    const other = await actors.refer('staying-steady', first.patient);
    const part = (await actors.ask(other, 'games-cafe')).body;
    const named = part.input?.map(({ valueReference }) => valueReference?.reference);
    expect(named).toEqual(['HealthcareService/games-cafe', `Task/${first.part}`]);
  });

  it('is remarked on in the answer to a message', async () => {
    const [first, second] = [await send(), await send()];
    const warned = remarksOf(second).filter(({ expression }) => expression?.[0] === 'ServiceRequest');
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(remarksOf(first).some(({ expression }) => expression?.[0] === 'ServiceRequest')).toBe(false);
    expect(warned.map(({ severity, code }) => [severity, code])).toEqual([['warning', 'business-rule']]);
    const named = /Task\/[^.]+/.exec(warned[0]?.diagnostics ?? '')?.[0] ?? '';
    const request = first.body.entry?.find(({ resource }) => resource?.resourceType === 'ServiceRequest')?.resource;
    expect((await actors.read<Task>('practice', named)).focus?.reference).toBe(`ServiceRequest/${request?.id ?? ''}`);
  });

  /** Another message about the same person, who has a number of the range that is never given out. */
  function send(): Promise<Answer<Bundle>> {
    const message = inventedMessage({ newId: randomUUID, now: new Date(), service: '2000099911' });
    const number = JSON.stringify({ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000026' });
    const body = JSON.stringify(message).replace(
      '"resourceType":"Patient",',
      `"resourceType":"Patient","identifier":[${number}],`,
    );
    const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
    return world.send<Bundle>('practice', { method: 'POST', path: '/fhir/$process-message', body, headers });
  }
});

function remarksOf({ body }: Answer<Bundle>): OperationOutcome['issue'] {
  return (body.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'OperationOutcome' ? (resource as OperationOutcome).issue : [],
  );
}
