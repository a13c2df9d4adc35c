import type { Bundle, BundleEntry, ServiceRequest, Task } from 'fhir/r4';
import { activity, type Referral } from './referral-actors.js';
import { business, businessOf, output, TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const clock = new Date('2026-11-16T09:00:00Z');
const after = (hours: number) => new Date(clock.getTime() + hours * 3_600_000);
const words = (valueString: string) => ({ note: { valueString } });
const wrongPerson = {
  url: 'http://hl7.org/fhir/StructureDefinition/request-statusReason',
  valueCodeableConcept: {
    coding: [{ system: `${base}/CodeSystem/referral-status-reason`, code: 'wrong-person' }],
  },
};

describe('a turn that is not its own', () => {
  let world: World;
  let now = clock;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: () => now });
  });
  beforeEach(() => {
    now = clock;
  });
  afterAll(async () => {
    await world.stop();
  });

  it('is not implied by another one: nobody accepts for the provider by booking', async () => {
    const referral = await actors.refer('staying-steady');
    const booked = await actors.move('practice', referral.part, {
      status: 'accepted',
      ...business('booked'),
      output: [output('appointment', { valueReference: { reference: 'Appointment/first' } })],
    });
    expect([booked.status, await states(referral)]).toEqual([403, ['requested/sent', 'requested/sent', 'active']]);
  });

  it('names nobody who goes on but whom it asks, and nobody who goes on is taken away', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.done('provider-khl', referral.part, 'accept');
    const nowhere = { output: [output('successor', { valueReference: { reference: 'Task/nowhere' } })] };
    const forwarded = { status: 'cancelled', ...business('forwarded'), ...nowhere } as const;
    const refused = [
      (await actors.move('provider-khl', referral.part, forwarded)).status,
      (await actors.move('provider-khl', referral.part, nowhere)).status,
    ];
    await actors.done('provider-khl', referral.part, 'start', { date: { valueDateTime: '2026-11-16' } });
    await actors.complete('provider-khl', referral.part);
    const again = await actors.done('practice', referral.part, 'reopen', words('She wants more.'));
    const emptied = await actors.move('provider-khl', referral.part, {
      output: [output('need-met', { valueCode: 'no' })],
    });
    const twice = await actors.operate('practice', referral.part, 'reopen', { values: words('Once more.') });
    expect([refused, emptied.status, twice.status, JSON.stringify(emptied.body.output)]).toEqual([
      [422, 422],
      200,
      409,
      expect.stringContaining(`Task/${again.id ?? ''}`),
    ]);
  });

  it('asks a provider once, also in one transaction', async () => {
    const referral = await actors.refer('staying-steady');
    const to = { valueReference: { reference: 'HealthcareService/games-cafe' } };
    const split = await actors.operate<Bundle>('practice', referral.part, 'split', { values: { to: [to, to] } });
    const resource: Task = {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      partOf: [{ reference: `Task/${referral.parent}` }],
      input: [{ type: activity, ...to }],
    };
    const entry: BundleEntry<Task>[] = [1, 2].map(() => ({ resource, request: { method: 'POST', url: 'Task' } }));
    const body: Bundle<Task> = { resourceType: 'Bundle', type: 'transaction', entry };
    const sent = await world.send('practice', { method: 'POST', path: '/fhir', body });
    const parts = await actors.search<Task>('practice', `Task?part-of=Task/${referral.parent}`);
    expect([split.status, sent.status, parts.map(({ id }) => id)]).toEqual([409, 409, [referral.part]]);
  });

  it('asks nobody for what its requester has taken back', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.done('practice', referral.part, 'cancel');
    const asked = await actors.ask(referral, 'games-cafe');
    expect([asked.status, (await states(referral)).at(-1)]).toEqual([422, 'revoked']);
  });

  it('does not bring back what the requester cancelled', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.done('practice', referral.part, 'cancel');
    const undone = await actors.operate('provider-khl', referral.part, 'undo');
    const reopened = await actors.operate('provider-khl', referral.part, 'reopen', {
      values: words('We have a place.'),
    });
    expect([undone.status, reopened.status, (await states(referral)).at(-1)]).toEqual([422, 422, 'revoked']);
    expect((await actors.operate('practice', referral.part, 'undo')).status).toBe(200);
    expect(await states(referral)).toEqual(['requested/sent', 'requested/sent', 'active']);
  });

  it('does not bring back what the requester cancelled and the provider confirmed', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.done('provider-khl', referral.part, 'accept');
    await actors.done('practice', referral.part, 'cancel');
    await actors.done('provider-khl', referral.part, 'confirm-cancellation');
    const undone = await actors.operate('provider-khl', referral.part, 'undo');
    expect([undone.status, (await states(referral)).at(-1)]).toEqual([422, 'revoked']);
  });

  it('does not bring back with one part what the requester took back with another', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.ask(referral, 'walks');
    await actors.done('provider-khl', referral.part, 'decline', words('Prefers to walk.'));
    now = after(1);
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    await actors.put('practice', { ...sent, status: 'revoked' });
    const undone = await actors.operate('provider-khl', referral.part, 'undo');
    expect([undone.status, (await states(referral)).at(-1)]).toEqual([409, 'revoked']);
  });

  it('does not let the provider take back the word of the requester, nor the requester that of the provider', async () => {
    const [heard, told] = [await actors.refer('staying-steady'), await actors.refer('staying-steady')];
    await actors.done('practice', heard.part, 'decline', words('Does not want it.'));
    await actors.done('provider-khl', told.part, 'decline', words('Does not want it.'));
    const foreign = [
      await actors.operate('provider-khl', heard.part, 'undo'),
      await actors.operate('practice', told.part, 'undo'),
    ];
    expect(foreign.map(({ status }) => status)).toEqual([422, 422]);
    await actors.done('practice', heard.part, 'undo');
    await actors.done('provider-khl', told.part, 'undo');
    expect([await states(heard), await states(told)]).toEqual([
      ['requested/sent', 'requested/sent', 'active'],
      ['received/acknowledged', 'received/acknowledged', 'active'],
    ]);
  });

  it('does not keep back a cancellation that was said before the provider moved', async () => {
    const referral = await actors.refer('staying-steady');
    now = after(24);
    await actors.done('provider-khl', referral.part, 'accept');
    now = after(48);
    const values = { occurredAt: { valueDateTime: clock.toISOString() } };
    const asked = await actors.operate('practice', referral.part, 'cancel', { values });
    expect([asked.status, businessOf(asked.body)]).toEqual([200, 'cancel-requested']);
  });

  it('undoes no end after 72 hours', async () => {
    const referral = await actors.refer('staying-steady');
    const reason = { reason: { valueCode: 'not-suitable' } };
    await actors.done('provider-khl', referral.part, 'reject', reason);
    now = after(72.1);
    const late = await actors.operate('provider-khl', referral.part, 'undo');
    now = after(71.9);
    const timely = await actors.operate('provider-khl', referral.part, 'undo');
    expect([late.status, timely.status]).toEqual([422, 200]);
  });

  it('reopens for the provider within 90 days, and for the requester at any time', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.done('provider-khl', referral.part, 'reject', { reason: { valueCode: 'not-suitable' } });
    now = after(24 * 91);
    const reopen = (as: 'practice' | 'provider-khl') =>
      actors.operate(as, referral.part, 'reopen', { values: words('She asks again.') });
    const [late, asked] = [await reopen('provider-khl'), await reopen('practice')];
    expect([late.status, asked.status]).toEqual([422, 201]);
  });

  it('makes no mistake of what was completed, unless it was with the wrong person', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    await actors.complete('provider-khl', referral.part);
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    const mistaken = { ...sent, status: 'entered-in-error' } as const;
    const bare = await actors.put('practice', mistaken);
    const before = await states(referral);
    const said = await actors.put('practice', { ...mistaken, extension: [wrongPerson] });
    expect([bare.status, before, said.status, await states(referral)]).toEqual([
      422,
      ['completed/completed', 'completed/completed', 'completed'],
      200,
      ['entered-in-error/error', 'entered-in-error/error', 'entered-in-error'],
    ]);
  });

  it('of a system that knows one Task takes nothing away that stands in the part', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.done('provider-khl', referral.part, 'accept', words('Said with the part.'));
    const parent = await actors.read<Task>('provider-khl', `Task/${referral.parent}`);
    const change = { status: 'in-progress', executionPeriod: { start: '2026-11-16' } } as const;
    await actors.put<Task>('provider-khl', { ...parent, ...change, note: [{ text: 'Said with the whole.' }] });
    const part = await actors.read<Task>('provider-khl', `Task/${referral.part}`);
    expect([part.status, part.note?.map(({ text }) => text)]).toEqual([
      'in-progress',
      ['Said with the part.', 'Said with the whole.'],
    ]);
  });

  async function states({ part, parent, request }: Referral): Promise<string[]> {
    const tasks = [
      await actors.read<Task>('practice', `Task/${part}`),
      await actors.read<Task>('practice', `Task/${parent}`),
    ];
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    return [...tasks.map((task) => `${task.status}/${businessOf(task) ?? ''}`), wish.status];
  }
});
