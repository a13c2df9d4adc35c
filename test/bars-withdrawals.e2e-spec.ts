import { randomUUID } from 'node:crypto';
import type { Encounter, ServiceRequest, Task } from 'fhir/r4';
import { anew, areExamplesHere, BarsWorld, businessOf, changedExample, example, idIn, remarks } from './bars-world.js';
import { startWorld, type World } from './world.js';

describe("a provider's Encounter that is cancelled", () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
    await bars.service('111111111', ['a1t1', 'a4t1', 'a5t1', 'a6t3']);
  });

  afterAll(async () => {
    await world.stop();
  });

  if (!areExamplesHere) {
    it('is not here to be sent: the shared folder is absent', () => {
      expect(areExamplesHere).toBe(false);
    });
    return;
  }

  /** A validation that the provider has accepted; the ServiceRequest's id here, and how to answer it. */
  async function accepted() {
    const message = anew(example('ig_VALREQ01'));
    const conversation = { 'x-correlation-id': randomUUID() };
    const answer = await bars.process('practice', message, conversation);
    if (answer.status !== 200) throw new Error(answer.text);
    const id = idIn(answer, 'ServiceRequest');
    await bars.move(await bars.part(id), { status: 'accepted' });
    const say = (encounter: Partial<Encounter>, timestamp = '2021-11-26T15:05:00Z') => {
      const response = changedExample(anew(example('ig_VALRESP01A')), {
        header: { response: { identifier: message.id ?? '', code: 'ok' } },
      });
      const theirs = response.entry?.find(({ resource }) => (resource as Encounter).status === 'in-progress');
      Object.assign(theirs?.resource ?? {}, encounter);
      return bars.process('provider-khl', { ...response, timestamp }, conversation);
    };
    const cancelled: Partial<Encounter> = { status: 'cancelled', reasonCode: [{ text: 'Nobody is there to do it.' }] };
    return { id, conversation, say, cancel: (timestamp?: string) => say(cancelled, timestamp) };
  }

  it('withdraws what it had accepted, in its own name and words', async () => {
    const { id, cancel } = await accepted();
    const answer = await cancel();
    const part = await bars.part(id);
    expect([answer.status, remarks(answer), part.status, businessOf(part)]).toEqual([
      200,
      [],
      'cancelled',
      'withdrawn-by-provider',
    ]);
    expect(part.note).toMatchObject([{ authorReference: part.owner, text: 'Nobody is there to do it.' }]);
  });

  it('confirms the cancellation that its requester asked for', async () => {
    const { id, conversation, cancel } = await accepted();
    const cancellation = changedExample(anew(example('ig_SERVREQ01')), { request: { id } });
    await bars.process('practice', cancellation, conversation);
    expect(businessOf(await bars.part(id))).toBe('cancel-requested');
    const answer = await cancel();
    const part = await bars.part(id);
    const request = await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`);
    expect([answer.status, remarks(answer), part.status, businessOf(part), request.status]).toEqual([
      200,
      [],
      'cancelled',
      'cancelled-by-requester',
      'revoked',
    ]);
    const asked = await bars.search<Task>('practice', `Task?focus=Task/${part.id ?? ''}`);
    expect(asked.map(({ status }) => status)).toEqual(['completed']);
  });

  it('ends nothing where its answer is older than one that came before it, and withdraws where it is newer', async () => {
    const { id, say, cancel } = await accepted();
    const told = [];
    for (const saying of [
      () => say({ status: 'in-progress' }, '2021-11-26T15:10:00Z'),
      () => cancel('2021-11-26T15:05:00Z'),
      () => cancel('2021-11-26T15:15:00Z'),
    ]) {
      const answer = await saying();
      told.push([answer.status, remarks(answer), businessOf(await bars.part(id))]);
    }
    expect(told).toEqual([
      [200, [], 'started'],
      [200, ['Task.status'], 'started'],
      [200, [], 'withdrawn-by-provider'],
    ]);
  });
});
