import { randomUUID } from 'node:crypto';
import type { Task } from 'fhir/r4';
import type { CloudEvent } from '#events';
import { OnDeathTold } from '../apps/referral/src/events/on-death-told.js';
import type { Referral } from './referral-actors.js';
import { business, TurnActors } from './task-turns.js';
import { type Answer, startWorld, type World } from './world.js';

describe('a person who is said to have died, and whose referral is to be cancelled', () => {
  let world: World;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is known as that when the cancellation is refused, and goes on where it was when that was false', async () => {
    const referral = await started();
    await actors.move('provider-khl', referral.part, deathReported);
    await actors.done('practice', referral.part, 'cancel');
    const reasonText = { valueString: 'We ask the family first.' };
    await actors.done('provider-khl', referral.part, 'refuse-cancellation', { reasonText });
    expect(await stateOf(referral)).toBe('on-hold/death-reported');
    const [asked] = await actors.search<Task>('provider-khl', `Task?focus=Task/${referral.part}`);
    expect(asked?.status).toBe('rejected');
    await actors.done('practice', referral.part, 'resume');
    expect(await stateOf(referral)).toBe('in-progress/started');
  });

  it('leaves the cancellation asked when the report is heard late', async () => {
    const referral = await started();
    const reported = (await actors.move('provider-khl', referral.part, deathReported)).body;
    await actors.done('practice', referral.part, 'cancel');
    const asked = await actors.read<Task>('practice', `Task/${referral.part}`);
    const other = await actors.refer('games-cafe', referral.patient);
    await hear('referral-death-reported.v1', reported);
    const after = await actors.read<Task>('practice', `Task/${referral.part}`);
    expect([after.meta?.versionId, await stateOf(other)]).toEqual([asked.meta?.versionId, 'on-hold/death-reported']);
  });

  it('is not said to live again by what is heard of an earlier report', async () => {
    const referral = await started();
    await actors.move('provider-khl', referral.part, deathReported);
    const lives = await actors.done('practice', referral.part, 'resume');
    const again = (await actors.move('provider-khl', referral.part, deathReported)).body;
    const other = await actors.refer('games-cafe', referral.patient);
    await hear('referral-death-reported.v1', again);
    await hear('referral-resumed.v1', lives);
    expect([await stateOf(referral), await stateOf(other)]).toEqual([
      'on-hold/death-reported',
      'on-hold/death-reported',
    ]);
  });

  it('is not said to live by who asks to cancel what is to be cancelled already', async () => {
    const referral = await started();
    const resting = { reasonText: { valueString: 'In hospital.' }, until: { valueDate: tomorrow() } };
    await actors.done('provider-khl', referral.part, 'hold', resting);
    await actors.done('practice', referral.part, 'cancel');
    await actors.move('provider-khl', referral.part, deathReported);
    const again = await actors.operate('practice', referral.part, 'cancel');
    const abort: Task = {
      ...{ resourceType: 'Task', status: 'requested', intent: 'order' },
      code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
      focus: { reference: `Task/${referral.part}` },
    };
    const asked = await actors.post<Task>('practice', abort);
    const revoked = await revoke(referral);
    expect([again.status, asked.status, revoked.status]).toEqual([200, 409, 200]);
    expect(await stateOf(referral)).toBe('on-hold/death-reported');
  });

  async function started(): Promise<Referral> {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    return referral;
  }

  async function revoke({ request }: Referral): Promise<Answer<unknown>> {
    const path = `ServiceRequest/${request}`;
    const body = await actors.read<object>('practice', path);
    return world.send('practice', { method: 'PUT', path: `/fhir/${path}`, body: { ...body, status: 'revoked' } });
  }

  async function stateOf({ part }: Referral): Promise<string> {
    const { status, businessStatus } = await actors.read<Task>('practice', `Task/${part}`);
    return `${status}/${businessStatus?.coding?.[0]?.code ?? ''}`;
  }

  /** As the broker gives it once more. */
  async function hear(type: string, data: Task): Promise<void> {
    const { id = '', meta } = data;
    const version = Number(meta?.versionId);
    const event: CloudEvent<Task> = {
      ...{ specversion: '1.0', datacontenttype: 'application/fhir+json', source: '/ginnel/referral' },
      ...{ id: randomUUID(), type, time: meta?.lastUpdated ?? '', data, correlationid: randomUUID() },
      ...{ subject: `Task/${id}/_history/${String(version)}`, sequence: version, audience: '' },
    };
    await world.running.app.get(OnDeathTold, { strict: false }).handle(event);
  }
});

const deathReported: Partial<Task> = { status: 'on-hold', ...business('death-reported') };

function tomorrow(): string {
  return new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
}
