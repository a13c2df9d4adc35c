import { randomUUID } from 'node:crypto';
import type {
  Bundle,
  CarePlan,
  Communication,
  Condition,
  Encounter,
  HealthcareService,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { inventedMessage } from '../apps/sandbox/src/story/invented-message.js';
import { BarsWorld, dos, idIn, refusal, remarks } from './bars-world.js';
import { activityWith } from './directory-actors.js';
import { answering, taskIn, withRequest } from './message-answers.js';
import { messageFor, messageOf } from './messages.js';
import { activity, ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const doubt = '409 REC_CONFLICT conflict Bundle.entry[0].resource.response.identifier';

describe('an answer to a message', () => {
  let world: World;
  const bars = new BarsWorld(() => world);
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  interface Sent {
    message: Bundle;
    /** Ids of the ServiceRequest and of the referral's own Task. */
    id: string;
    parent: string;
    conversation: Record<string, string>;
  }

  async function sent(message: Bundle): Promise<Sent> {
    const conversation = { 'x-correlation-id': randomUUID() };
    const answer = await bars.process('practice', message, conversation);
    if (answer.status !== 200) throw new Error(answer.text);
    const id = idIn(answer, 'ServiceRequest');
    return { message, id, parent: (await bars.part(id)).partOf?.[0]?.reference ?? '', conversation };
  }

  /** One more part, at this activity. */
  async function asked({ parent }: Sent, to: string): Promise<Task> {
    const answer = await actors.post<Task>('practice', {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      partOf: [{ reference: parent }],
      input: [{ type: activity, valueReference: { reference: `HealthcareService/${to}` } }],
    });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  async function offering(value: string, facts: Parameters<typeof activityWith>[0] = {}): Promise<string> {
    const identifier = [{ system: dos, value }];
    const made = await actors.create<HealthcareService>('integrator', { ...activityWith(facts), identifier });
    return made.id ?? '';
  }

  const statusOf = async ({ id = '' }: Task) => (await bars.read<Task>('provider-khl', `Task/${id}`)).status;
  const answersOf = ({ parent }: Sent) => bars.search<Communication>('practice', `Communication?part-of=${parent}`);
  const conditionsOf = async ({ id }: Sent) => {
    const { subject } = await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`);
    return bars.search<Condition>('practice', `Condition?subject=${subject.reference ?? ''}`);
  };

  it('is of the referral whose message it answers: with the content of another person it is refused', async () => {
    const [first, second] = [await sent(messageOf('9990000050')), await sent(messageOf('9990000131', anna))];
    const before = [await conditionsOf(first), await conditionsOf(second)];
    const byId = withRequest(answering(second.message, { to: first.message }), { id: second.id });
    const [reference] = (await bars.read<Task>('practice', second.parent)).identifier ?? [];
    const byReference = withRequest(answering(second.message, { to: first.message }), {
      identifier: reference ? [reference] : [],
    });
    const named = answering(second.message, { to: first.message, task: { id: (await bars.part(second.id)).id } });
    const answers = [];
    for (const answer of [byId, byReference, named, answering(second.message, { to: first.message })]) {
      answers.push(refusal(await bars.process('provider-khl', answer, first.conversation)));
    }
    const person = `409 REC_CONFLICT conflict Bundle.entry[${String(placeOf(second.message, 'Patient'))}].resource`;
    expect([reference?.value?.slice(0, 4), ...answers]).toEqual(['GIN-', person, person, person, person]);
    expect([await conditionsOf(first), await conditionsOf(second)]).toEqual(before);
    expect([await statusOf(await bars.part(first.id)), await answersOf(first)]).toEqual(['requested', []]);
  });

  it('is refused where it names another referral of the same person, and taken where it names its own', async () => {
    const [first, second] = [await sent(messageOf('9990000166')), await sent(messageOf('9990000166'))];
    const other = withRequest(answering(first.message), { id: second.id });
    const task = answering(first.message, { task: { id: (await bars.part(second.id)).id } });
    const own = withRequest(answering(first.message, { task: { id: (await bars.part(first.id)).id } }), {
      id: first.id,
    });
    const answers = [];
    for (const answer of [other, task, own])
      answers.push(await bars.process('provider-khl', answer, first.conversation));
    expect([...answers.slice(0, 2).map(refusal), answers[2]?.status]).toEqual([doubt, doubt, 200]);
    expect([await statusOf(await bars.part(first.id)), await statusOf(await bars.part(second.id))]).toEqual([
      'received',
      'requested',
    ]);
  });

  it('brings every Encounter but the assessment that it answers, and what it brings names them', async () => {
    const referral = await sent(messageFor());
    const answer = answering(referral.message);
    const assessment = answer.entry?.find(({ resource }) => resource?.resourceType === 'Encounter')?.resource;
    const [own, ambulance] = ['own', 'ambulance'].map((value) => ({
      fullUrl: `urn:uuid:${randomUUID()}`,
      resource: { ...assessment, identifier: [{ system: 'https://example.org/case', value }] } as Encounter,
    }));
    const reference = ambulance?.fullUrl ?? '';
    const entry = [...(answer.entry ?? []), ...[own, ambulance].flatMap((one) => one ?? [])].map((one) => {
      const { resource } = one;
      if (resource?.resourceType === 'MessageHeader')
        return { ...one, resource: { ...resource, focus: [{ reference: own?.fullUrl ?? '' }] } };
      if (resource?.resourceType !== 'CarePlan') return one;
      return { ...one, resource: { ...resource, activity: [{ outcomeReference: [{ reference }] }] } };
    });
    expect((await bars.process('provider-khl', { ...answer, entry }, referral.conversation)).status).toBe(200);
    const [told] = await answersOf(referral);
    const named = (type: string) =>
      (told?.about ?? []).flatMap(({ reference: place = '' }) => (place.startsWith(`${type}/`) ? [place] : []));
    const brought = await Promise.all(named('Encounter').map((place) => bars.read<Encounter>('practice', place)));
    expect(brought.map(({ identifier }) => identifier?.[0]?.value)).toEqual(['own', 'ambulance']);
    const plan = await bars.read<CarePlan>('practice', named('CarePlan')[0] ?? '');
    expect(plan.activity?.[0]?.outcomeReference).toEqual([{ reference: named('Encounter')[1] }]);
  });

  it('names its message in capitals or in small letters, whichever that had', async () => {
    const [small, large] = [randomUUID(), randomUUID().toUpperCase()];
    const told = [];
    for (const [id, named] of [
      [small, small.toUpperCase()],
      [large, large.toLowerCase()],
    ] as const) {
      const { message, id: request } = await sent({ ...messageFor(), id });
      const answer = await bars.process('provider-khl', answering(message, { to: { ...message, id: named } }));
      told.push([answer.status, (await bars.part(request)).status]);
    }
    expect(told).toEqual([
      [200, 'received'],
      [200, 'received'],
    ]);
  });

  it('moves the part that it names, of several that are its sender’s: by the Task, or by the activity that answers', async () => {
    const referral = await sent(messageFor());
    const first = await bars.part(referral.id);
    const pottery = await offering('2000088051');
    const second = await asked(referral, pottery);
    const say = (change: Parameters<typeof answering>[1]) =>
      bars.process('provider-khl', answering(referral.message, change), referral.conversation);
    expect(refusal(await say({ performer: 'none' }))).toBe(doubt);
    expect((await say({ task: { id: second.id } })).status).toBe(200);
    expect([await statusOf(first), await statusOf(second)]).toEqual(['requested', 'received']);
    expect((await say({ task: { status: 'accepted' }, performer: 'none', source: '2000088051' })).status).toBe(200);
    expect([await statusOf(first), await statusOf(second)]).toEqual(['requested', 'accepted']);
    const performer = [{ reference: `HealthcareService/${pottery}` }];
    expect(
      (await say({ task: { status: 'in-progress', executionPeriod: { start: '2026-11-01' } }, performer })).status,
    ).toBe(200);
    expect([await statusOf(first), await statusOf(second)]).toEqual(['requested', 'in-progress']);
    expect((await say({})).status).toBe(200);
    expect([await statusOf(first), await statusOf(second)]).toEqual(['received', 'in-progress']);
  });

  it('moves the part that is open, where its sender’s other one has ended', async () => {
    const referral = await sent(messageFor());
    const first = await bars.part(referral.id);
    const second = await asked(referral, await offering('2000088052'));
    const full = { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '40' }] };
    await bars.move(first, { status: 'rejected', statusReason: full });
    const answer = answering(referral.message, { performer: 'none' });
    expect((await bars.process('provider-khl', answer, referral.conversation)).status).toBe(200);
    expect([await statusOf(first), await statusOf(second)]).toEqual(['rejected', 'received']);
  });

  it('is of the conversation that it stands in, where two messages share an id; without one it is refused as unclear', async () => {
    const message = messageOf('9990000174');
    const [first, second] = [await sent(message), await sent({ ...messageOf('9990000174'), id: message.id ?? '' })];
    expect(refusal(await bars.process('provider-khl', answering(first.message)))).toBe(doubt);
    expect((await bars.process('provider-khl', answering(second.message), second.conversation)).status).toBe(200);
    const states = async () => [await statusOf(await bars.part(first.id)), await statusOf(await bars.part(second.id))];
    expect(await states()).toEqual(['requested', 'received']);
    const byId = withRequest(answering(first.message), { id: first.id });
    expect((await bars.process('provider-khl', byId)).status).toBe(200);
    expect(await states()).toEqual(['received', 'received']);
  });

  it.each(['cancelled', 'entered-in-error'] as const)(
    'that says %s, which is not its sender’s to say, is kept with a remark, and the Task stays',
    async (status) => {
      const referral = await sent(messageFor());
      const answer = await bars.process('provider-khl', answering(referral.message, { task: { status } }));
      expect([answer.status, remarks(answer)]).toEqual([200, ['Task.status']]);
      expect([await statusOf(await bars.part(referral.id)), (await answersOf(referral)).length]).toEqual([
        'requested',
        1,
      ]);
    },
  );

  it('that comes late is kept with a remark, and shows the Task as it stands', async () => {
    const referral = await sent(messageFor());
    const part = await bars.part(referral.id);
    await bars.move(part, { status: 'received' });
    const asked = await actors.post<Task>('practice', {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
      focus: { reference: `Task/${part.id ?? ''}` },
    });
    expect(asked.status).toBe(201);
    const message = answering(referral.message, { task: { status: 'accepted', businessStatus: accepted } });
    const answer = await bars.process('provider-khl', message);
    expect([answer.status, remarks(answer), taskIn(answer)]).toEqual([200, ['Task.status'], 'received']);
    expect((await answersOf(referral)).map(({ topic }) => topic)).toEqual([undefined]);
    expect(await statusOf(part)).toBe('received');
  });

  it('that names one activity of very many addresses very often is answered all the same', async () => {
    const referral = await sent(messageFor());
    const fullUrl = `urn:uuid:${randomUUID()}`;
    const identifier = Array.from({ length: 6_000 }, () => ({ system: dos, value: '1' }));
    const resource: HealthcareService = { resourceType: 'HealthcareService', identifier };
    const performer = Array.from({ length: 5_000 }, () => ({ reference: fullUrl }));
    const answer = answering(referral.message, { performer });
    const message = { ...answer, entry: [...(answer.entry ?? []), { fullUrl, resource }] };
    expect((await bars.process('provider-khl', message)).status).toBe(200);
    expect(await statusOf(await bars.part(referral.id))).toBe('received');
  });

  it('that accepts where no place is left is kept with a remark, and the Task stays', async () => {
    await offering('2000088053', { places: 1 });
    const invented = () => inventedMessage({ newId: randomUUID, now: new Date(), service: '2000088053' });
    const [first, second] = [await sent(invented()), await sent(invented())];
    const accept = (referral: Sent) =>
      bars.process(
        'provider-khl',
        answering(referral.message, { task: { status: 'accepted', businessStatus: accepted } }),
      );
    const answers = [await accept(first), await accept(second)];
    expect(answers.map((answer) => [answer.status, remarks(answer)])).toEqual([
      [200, []],
      [200, ['Task.businessStatus']],
    ]);
    const states = [await statusOf(await bars.part(first.id)), await statusOf(await bars.part(second.id))];
    expect([states, (await answersOf(second)).length]).toEqual([['accepted', 'requested'], 1]);
    // Who sent it reads how the Task stands, and the practice nothing of an acceptance.
    expect(answers.map(taskIn)).toEqual(['accepted', 'requested']);
    const told = [await answersOf(first), await answersOf(second)];
    expect(told.map(([one]) => one?.topic)).toEqual([accepted, undefined]);
  });
});

const accepted = {
  coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-business-status', code: 'accepted' }],
};

const anna = { name: [{ family: 'Elsewhere', given: ['Anna'] }], birthDate: '1958-04-01' };

function placeOf({ entry = [] }: Bundle, type: string): number {
  return entry.findIndex(({ resource }) => resource?.resourceType === type);
}
