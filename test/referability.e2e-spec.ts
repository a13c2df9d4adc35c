import type { Bundle, HealthcareService, OperationOutcome, Patient, ServiceRequest, Task } from 'fhir/r4';
import { type ActivityFacts, activityWith, newActivity, toldOf } from './directory-actors.js';
import { messageFor, sendMessage } from './messages.js';
import { ReferralActors, requestFor } from './referral-actors.js';
import { startWorld, type World } from './world.js';

let world: World;
let person: string;
const actors = new ReferralActors(() => world);

beforeAll(async () => {
  world = await startWorld();
  person = await actors.person();
});

afterAll(async () => {
  await world.stop();
});

describe('an activity to which nobody can be referred', () => {
  const unreferable: [string, ActivityFacts, Partial<ServiceRequest>, string[]][] = [
    ['was closed', { active: false }, {}, ['not-active']],
    ['has ended', { lastDay: '2026-01-31' }, {}, ['ended']],
    ['is not paid for any more', { fundedUntil: '2026-01-31' }, {}, ['not-funded']],
    [
      'is not paid for until the referral needs it',
      { fundedUntil: '2027-06-30' },
      { occurrencePeriod: { end: '2027-12-31' } },
      ['not-funded'],
    ],
    ['does not take this kind', { useCase: 'other' }, { category: [vcse()] }, ['use-case-not-taken']],
    ['is full by its provider’s word', { capacity: 'no-capacity' }, {}, ['full']],
    ['was closed and not paid for', { active: false, fundedUntil: '2026-01-31' }, {}, ['not-active', 'not-funded']],
  ];

  it.each(unreferable)('is refused with others that could be asked: it %s', async (_, facts, wish, reasons) => {
    const other = await newActivity(actors, { useCase: 'vcse' }, 'Woodwork');
    const activity = await newActivity(actors, facts);
    const answer = await send(activity, wish);
    const told = toldOf(answer.body as OperationOutcome);
    expect([answer.status, told.reasons]).toEqual([422, reasons]);
    expect(told.alternatives).toContain(`HealthcareService/${other}`);
    expect(told.alternatives).not.toContain(`HealthcareService/${activity}`);
    await close(other);
  });

  it('is refused in the same words however it is sent, and nothing is stored', async () => {
    const activity = await newActivity(actors, { active: false });
    const before = await count();
    const bundle: Bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { resource: requestFor(`Patient/${person}`, activity), request: { method: 'POST', url: 'ServiceRequest' } },
      ],
    };
    const bundled = await world.send<OperationOutcome>('practice', { method: 'POST', path: '/fhir', body: bundle });
    const referral = await actors.refer('staying-steady', person);
    const added = await actors.ask(referral, activity);
    expect([bundled, added].map(({ status, body }) => [status, toldOf(body as OperationOutcome).reasons])).toEqual([
      [422, ['not-active']],
      [422, ['not-active']],
    ]);
    expect(await count()).toBe(before + 1);
  });

  it('is refused to a provider that changes to it, whose part stays where it was', async () => {
    const activity = await newActivity(actors, { active: false });
    const { part } = await actors.refer('staying-steady');
    await actors.start('provider-khl', part);
    const parameter = [{ name: 'activity', valueReference: { reference: `HealthcareService/${activity}` } }];
    const changed = await world.send<OperationOutcome>('provider-khl', {
      method: 'POST',
      path: `/fhir/Task/${part}/$change-activity`,
      body: { resourceType: 'Parameters', parameter },
    });
    expect([changed.status, toldOf(changed.body).reasons]).toEqual([422, ['not-active']]);
    const { status, input } = await actors.read<Task>('provider-khl', `Task/${part}`);
    expect([status, JSON.stringify(input).includes(activity)]).toEqual(['in-progress', false]);
  });

  it('is refused to a message with the same, and to one who forwards, whose part stays as it was', async () => {
    const value = '2000099977';
    const other = await newActivity(actors, {}, 'Woodwork');
    const { extension = [] } = await actors.read<HealthcareService>('practice', 'HealthcareService/staying-steady');
    const closed = { ...activityWith({ active: false }), identifier: [{ system: dos, value }], extension };
    const { id: activity = '' } = await actors.create<HealthcareService>('integrator', closed);
    const text = JSON.stringify(messageFor()).replaceAll('2000099911', value);
    const body = JSON.parse(text) as Bundle;
    const before = await messages();
    const message = await sendMessage(world, body);
    const { part } = await actors.refer('staying-steady', person);
    const forwarded = await actors.move('provider-khl', part, {
      status: 'cancelled',
      businessStatus: { coding: [{ system: `${base}/referral-business-status`, code: 'forwarded' }] },
      output: [
        {
          type: { coding: [{ system: `${base}/task-output`, code: 'successor' }] },
          valueReference: { reference: `HealthcareService/${activity}` },
        },
      ],
    });
    const told = [message, forwarded].map(({ status, body: said }) => {
      const { reasons, alternatives } = toldOf(said as unknown as OperationOutcome);
      return [status, reasons, alternatives.includes(`HealthcareService/${other}`)];
    });
    expect(told).toEqual([
      [422, ['not-active'], true],
      [422, ['not-active'], true],
    ]);
    expect([await messages(), (await actors.read<Task>('provider-khl', `Task/${part}`)).status]).toEqual([
      before,
      'requested',
    ]);
    await close(other);
  });

  it('may be made and referred to in one transaction, and is judged as it will be', async () => {
    const { id: own = '' } = await actors.create<Patient>('integrator', { resourceType: 'Patient' });
    const sent = async (facts: ActivityFacts) => {
      const performer = [{ reference: activityUrl }];
      const request: ServiceRequest = { ...requestFor(`Patient/${own}`, ''), performer };
      const bundle: Bundle = {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            fullUrl: activityUrl,
            resource: activityWith(facts),
            request: { method: 'POST', url: 'HealthcareService' },
          },
          { resource: request, request: { method: 'POST', url: 'ServiceRequest' } },
        ],
      };
      return (await world.send('integrator', { method: 'POST', path: '/fhir', body: bundle })).status;
    };
    expect([await sent({}), await sent({ active: false })]).toEqual([200, 422]);
  });
});

describe('a full activity', () => {
  it('takes a referral for waiting where it keeps a list, and the part says so', async () => {
    const activity = await newActivity(actors, { places: 1, waitingList: true });
    const first = await actors.refer(activity);
    expect(waits(await actors.read<Task>('practice', `Task/${first.part}`))).toBe(false);
    await actors.move('provider-khl', first.part, { status: 'accepted' });
    const second = await actors.refer(activity);
    expect(waits(await actors.read<Task>('practice', `Task/${second.part}`))).toBe(true);
    const added = await actors.ask(await actors.refer('games-cafe'), activity);
    expect([added.status, waits(added.body)]).toEqual([201, true]);
  });

  it('refuses without a list, and names what has a place, the nearest first', async () => {
    const activity = await newActivity(actors, { places: 1 }, 'Full pottery');
    const open = await newActivity(actors, { places: 3 }, 'Open pottery');
    const fullToo = await newActivity(actors, { places: 1 }, 'Other full pottery');
    for (const one of [activity, fullToo]) {
      const { part } = await actors.refer(one);
      await actors.move('provider-khl', part, { status: 'accepted' });
    }
    const answer = await send(activity);
    const { issue } = answer.body as OperationOutcome;
    const { alternatives } = toldOf(answer.body as OperationOutcome);
    expect(alternatives).toContain(`HealthcareService/${open}`);
    expect(alternatives).not.toContain(`HealthcareService/${fullToo}`);
    expect(issue[0]).toMatchObject({
      code: 'business-rule',
      diagnostics:
        'Full pottery takes no referral: it is full and keeps no waiting list. What could be asked instead stands in the issues that follow.',
      expression: ['ServiceRequest.performer'],
    });
    expect(issue.map(({ diagnostics }) => diagnostics)).toContain(
      `Instead: Open pottery by Keighley Healthy Living, HealthcareService/${open} (3 places left, 0 km from it).`,
    );
    expect(answer.text).not.toContain(person);
  });
});

const dos = 'https://fhir.nhs.uk/Id/dos-service-id';
const base = 'https://ginnel.org.uk/fhir/CodeSystem';
const activityUrl = 'urn:uuid:6d0e2c52-53e7-4a76-a8b7-3f5c5d3b3d11';

function send(activity: string, wish: Partial<ServiceRequest> = {}) {
  return actors.post('practice', { ...requestFor(`Patient/${person}`, activity), ...wish });
}

async function messages(): Promise<number> {
  return (await actors.search('practice', 'ServiceRequest?_count=200')).length - (await count());
}

async function count(): Promise<number> {
  return (await actors.search('practice', `ServiceRequest?subject=Patient/${person}&_count=200`)).length;
}

async function close(activity: string): Promise<void> {
  const service = await actors.read<HealthcareService>('provider-khl', `HealthcareService/${activity}`);
  await actors.put('provider-khl', { ...service, active: false });
}

function waits({ input = [] }: Task): boolean {
  return input.some(({ type, valueBoolean }) => type.coding?.[0]?.code === 'waiting' && valueBoolean === true);
}

function vcse() {
  return { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case', code: 'vcse' }] };
}
