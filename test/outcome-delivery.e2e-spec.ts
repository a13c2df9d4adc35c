import type { DocumentReference, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { idIn, messageFor, takeMessage } from './messages.js';
import { Actors, type OpenReferral } from './outcome-actors.js';
import { extensionOf, SetClock, SummaryReaders } from './outcome-world.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

let world: World;
const clock = new SetClock();
const actors = new Actors(() => world);
const readers = new SummaryReaders(() => world, actors);

beforeAll(async () => {
  world = await startWorld({ now: clock.now });
});

afterAll(async () => {
  await world.stop();
});

async function completed(): Promise<DocumentReference> {
  const referral = await actors.refer();
  await actors.start(referral);
  await actors.complete(referral);
  return readers.current(referral);
}

describe('the delivery of outcome summaries', () => {
  it('is off until the practice turns it on for itself, and holds from then on', async () => {
    const before = await completed();
    expect(extensionOf(before, 'delivery-channel')).toEqual(['pull', 'notification']);
    const valueOf = async (as: 'practice' | 'provider-khl', send?: boolean) => {
      const { status, body } = await readers.choose(as, send);
      return [status, body.parameter?.[0]?.valueBoolean];
    };
    expect(await valueOf('practice')).toEqual([200, false]);
    expect(await valueOf('practice', true)).toEqual([200, true]);
    expect(await valueOf('practice')).toEqual([200, true]);
    expect((await readers.choose('practice')).body.parameter?.map(({ name }) => name)).toEqual([
      'send',
      'decided',
      'by',
    ]);
    expect((await readers.choose('provider-khl', true)).status).toBe(403);
    expect((await readers.choose('analyst')).status).toBe(403);
    expect(await valueOf('practice', false)).toEqual([200, false]);
  });

  it('refuses to decide without a word, and by GET', async () => {
    const path = '/fhir/DocumentReference/$summary-delivery';
    const body = { resourceType: 'Parameters' };
    expect((await world.send('practice', { method: 'POST', path, body })).status).toBe(400);
    expect((await world.send('practice', { path: `${path}?send=true` })).status).toBe(400);
    expect((await readers.choose('practice')).body.parameter?.[0]?.valueBoolean).toBe(false);
  });
});

describe('the acknowledgement of an outcome summary', () => {
  it('is said once by the practice, with who and when, and by nobody else', async () => {
    const summary = await completed();
    expect(extensionOf(summary, 'acknowledgement')).toEqual(['awaited']);
    expect((await readers.acknowledge('provider-khl', summary)).status).toBe(403);
    expect((await readers.acknowledge('provider-project6', summary)).status).toBe(403);
    expect((await readers.acknowledge('integrator', summary)).status).toBe(404);
    const { status, body } = await readers.acknowledge('practice', summary);
    expect([status, extensionOf(body, 'acknowledgement')]).toEqual([200, ['acknowledged']]);
    expect(extensionOf(body, 'acknowledged-by')).toMatchObject([{ authorString: 'Dr Invented', text: 'Received.' }]);
    const again = await readers.acknowledge('practice', summary, 'Somebody else');
    expect(again.body).toEqual(body);
    expect((await readers.acknowledge('practice', { ...summary, id: 'nothing' })).status).toBe(404);
  });

  it('is not there for a document that a client brought', async () => {
    const referral = await actors.refer();
    const own = await actors.send<DocumentReference>('practice', 'POST', {
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: `Patient/${referral.patient}` },
      content: [{ attachment: { title: 'a letter' } }],
    });
    expect((await readers.acknowledge('practice', own)).status).toBe(422);
  });

  it('that does not come is chased by a person at the provider; when it comes after all, that is done', async () => {
    const [late, missing, prompt, begun] = [await completed(), await completed(), await completed(), await completed()];
    await readers.acknowledge('practice', prompt);
    clock.forward(15);
    const stateOf = async (summary: DocumentReference) =>
      extensionOf(await readers.read(summary), 'acknowledgement')[0];
    await eventually(
      () => Promise.all([late, missing, begun].map(stateOf)),
      (states) => states.every((one) => one === 'chased'),
    );
    expect(await stateOf(prompt)).toBe('acknowledged');
    const task = await chaseOf(late, 'requested');
    expect(task).toMatchObject({
      owner: { reference: 'Organization/keighley-healthy-living' },
      focus: { reference: `DocumentReference/${late.id ?? ''}` },
    });
    expect((await world.send('practice', { path: `/fhir/Task/${task.id ?? ''}` })).status).toBe(404);
    await readers.acknowledge('practice', late);
    await chaseOf(late, 'completed');
    expect((await settle(await chaseOf(begun, 'requested'), { status: 'in-progress' })).status).toBe(200);
    await readers.acknowledge('practice', begun);
    await chaseOf(begun, 'completed');
    const other = await chaseOf(missing, 'requested');
    const note = [{ text: 'The practice has it now, sent as a letter.' }];
    const { status, body } = await settle(other, { status: 'completed', note });
    expect([status, body.status, body.note?.[0]?.text]).toEqual([200, 'completed', note[0]?.text]);
    expect((await settle(other, { status: 'rejected' })).status).toBe(422);
  });
});

describe('the chase of a summary that its provider may not read', () => {
  it('goes to the practice itself, which sees the Task and the summary, and the provider neither', async () => {
    const referral = await actors.refer();
    const providers = new ReferralActors(() => world);
    const { body: other } = await providers.ask(referral, 'games-cafe');
    await actors.start(referral);
    await actors.complete(referral);
    const system = 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars';
    const statusReason = { coding: [{ system, code: '40' }] };
    const { status } = await providers.move('provider-project6', other.id ?? '', { status: 'rejected', statusReason });
    expect(status).toBe(200);
    const { id = '' } = await readers.current(referral);
    clock.forward(15);
    const { body: task } = await eventually(
      () => world.send<Task>('practice', { path: `/fhir/Task/chase-${id}` }),
      (answer) => answer.status === 200,
    );
    expect([task.status, task.owner]).toEqual(['requested', { reference: 'Organization/worth-valley-practice' }]);
    const summary = `DocumentReference/${id}`;
    const seen = [`Task/chase-${id}`, summary].flatMap((path) => [
      providers.statusOf('practice', path),
      providers.statusOf('provider-khl', path),
    ]);
    expect(await Promise.all(seen)).toEqual([200, 404, 200, 404]);
  });
});

describe('a referral that came as a message', () => {
  it('has its summary sent to the sender where the practice wants that, and not otherwise', async () => {
    const channels: unknown[] = [];
    for (const send of [true, false]) {
      await readers.choose('practice', send);
      const referral = await byMessage();
      await actors.start(referral);
      await actors.complete(referral);
      channels.push(extensionOf(await readers.current(referral), 'delivery-channel'));
    }
    expect(channels).toEqual([
      ['pull', 'notification', 'message'],
      ['pull', 'notification'],
    ]);
  });
});

async function byMessage(): Promise<OpenReferral> {
  const request = idIn(await takeMessage(world, messageFor()), 'ServiceRequest');
  const tasks = await actors.search<Task>('practice', `Task?focus=ServiceRequest/${request}`);
  const [parent, part] = [false, true].map((parted) => tasks.find(({ partOf }) => (partOf !== undefined) === parted));
  const patient = parent?.for?.reference?.replace('Patient/', '') ?? '';
  return { request, patient, parent: parent?.id ?? '', part: part?.id ?? '' };
}

async function chaseOf({ id = '' }: DocumentReference, status: Task['status']): Promise<Task> {
  const answer = await eventually(
    () => world.send<Task>('provider-khl', { path: `/fhir/Task/chase-${id}` }),
    ({ body }) => body.status === status,
  );
  return answer.body;
}

function settle(task: Task, change: Partial<Task>) {
  const path = `/fhir/Task/${task.id ?? ''}`;
  return world.send<Task>('provider-khl', { method: 'PUT', path, body: { ...task, ...change } });
}
