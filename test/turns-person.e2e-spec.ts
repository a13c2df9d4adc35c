import { randomUUID } from 'node:crypto';
import type { Patient, Provenance, ServiceRequest, Task } from 'fhir/r4';
import type { CloudEvent } from '#events';
import { OnDeathTold } from '../apps/referral/src/events/on-death-told.js';
import { eventually } from './eventually.js';
import { activity, ReferralActors, type Referral } from './referral-actors.js';
import { type Answer, startWorld, type World } from './world.js';

const inAYear = new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10);

describe('a referral of somebody', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('who does not want it ends with the word of who heard that, and so does the wish', async () => {
    const referral = await actors.refer('staying-steady');
    const change = { status: 'cancelled', businessStatus: business('patient-declined') } as const;
    const bare = await actors.move('provider-khl', referral.part, change);
    const heard = await actors.move('provider-khl', referral.part, { ...change, note: [word('It is too far.')] });
    expect([bare.status, heard.status, await states(referral)]).toEqual([
      422,
      200,
      ['cancelled/patient-declined', 'cancelled/patient-declined', 'revoked'],
    ]);
    expect(heard.body.note?.[0]).toEqual(word('It is too far.'));
  });

  it('who cannot be reached goes back to the requester, after attempts enough', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'received' });
    const change = { status: 'failed', businessStatus: business('unable-to-contact') } as const;
    const early = await actors.move('provider-khl', referral.part, change);
    expect([early.status, await states(referral)]).toEqual([
      422,
      ['received/acknowledged', 'received/acknowledged', 'active'],
    ]);
  });

  it('whom the provider can serve no longer is handed over, and may be given to another', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const withdrawn = await actors.move('provider-khl', referral.part, {
      status: 'cancelled',
      businessStatus: business('withdrawn-by-provider'),
      statusReason: { text: 'The funding ended.' },
      note: [word('She knows the exercises of weeks one to three.')],
    });
    expect([withdrawn.status, await states(referral)]).toEqual([
      200,
      ['cancelled/withdrawn-by-provider', 'in-progress/alternatives-offered', 'active'],
    ]);
    expect((await actors.ask(referral, 'games-cafe')).status).toBe(201);
  });

  it('who rests goes on where it was, on a day that is named', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const pause = {
      status: 'on-hold',
      businessStatus: business('paused'),
      statusReason: { text: 'An operation.' },
    } as const;
    const undated = await actors.move('provider-khl', referral.part, pause);
    const task = await actors.read<Task>('provider-khl', `Task/${referral.part}`);
    const contactDue = { url: `${base}/StructureDefinition/contact-due`, valueDate: inAYear };
    const others = task.extension?.filter(({ url }) => url !== contactDue.url) ?? [];
    const paused = await actors.move('provider-khl', referral.part, { ...pause, extension: [...others, contactDue] });
    const whilePaused = await states(referral);
    const resumed = await actors.move('provider-khl', referral.part, {
      status: 'in-progress',
      businessStatus: business('started'),
    });
    expect([undated.status, paused.status, whilePaused, resumed.status, await states(referral)]).toEqual([
      422,
      200,
      ['on-hold/paused', 'on-hold/paused', 'active'],
      200,
      ['in-progress/started', 'in-progress/started', 'active'],
    ]);
  });

  it('who stops coming ends with what was reached', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const left = await actors.move('provider-khl', referral.part, {
      status: 'failed',
      businessStatus: business('disengaged'),
      statusReason: { text: 'Did not come any more.' },
      output: [{ type: needMet, valueCode: 'partly' }],
    });
    expect([left.status, await states(referral)]).toEqual([200, ['failed/disengaged', 'failed/disengaged', 'active']]);
  });

  it('who moves away ends, by the requester or the provider', async () => {
    const referral = await actors.refer('staying-steady');
    const moved = await actors.move('practice', referral.part, {
      status: 'cancelled',
      businessStatus: business('patient-moved'),
    });
    expect([moved.status, await states(referral)]).toEqual([
      200,
      ['cancelled/patient-moved', 'cancelled/patient-moved', 'revoked'],
    ]);
  });

  it('who is said to have died rests everywhere, and goes on everywhere when that was false', async () => {
    const one = await actors.refer('staying-steady');
    const two = await actors.refer('games-cafe', one.patient);
    await actors.start('provider-khl', one.part);
    await actors.ask(one, 'conversation-cafe');
    const reported = await actors.move('provider-khl', one.part, deathReported);
    expect(reported.status).toBe(200);
    const rests = await eventually(
      () => statesOf([one, two]),
      (states) => states.every((state) => state === 'on-hold/death-reported'),
    );
    expect(rests.length).toBe(3);
    const byProvider = await actors.move('provider-khl', one.part, {
      status: 'in-progress',
      businessStatus: business('started'),
    });
    expect(byProvider.status).toBe(403);
    const lives = await actors.move('practice', one.part, {
      status: 'in-progress',
      businessStatus: business('started'),
    });
    expect(lives.status).toBe(200);
    const goesOn = await eventually(
      () => statesOf([one, two]),
      (states) => states.every((state) => state !== 'on-hold/death-reported'),
    );
    expect(goesOn.sort()).toEqual(['in-progress/started', 'requested/sent', 'requested/sent']);
  });

  it('who was said to have died while a cancellation was asked is served no more, which no answer takes back', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const abort: Task = {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
      focus: { reference: `Task/${referral.parent}` },
    };
    const whole = await actors.create<Task>('practice', abort);
    await actors.move('practice', referral.part, deathReported);
    expect((await actors.complete('provider-khl', referral.part)).status).toBe(200);
    const [asked] = await actors.search<Task>('provider-khl', `Task?focus=Task/${referral.part}`);
    const settled = await actors.read<Task>('practice', `Task/${whole.id ?? ''}`);
    expect([asked?.status, settled.status]).toEqual(['rejected', 'rejected']);
    await actors.move('provider-khl', asked?.id ?? '', { status: 'rejected', statusReason: { text: 'It was done.' } });
    expect((await states(referral))[0]).toBe('completed/completed');
  });

  it('who was said to have died does not rest again when that is heard late', async () => {
    const one = await actors.refer('staying-steady');
    await actors.start('provider-khl', one.part);
    const reported = (await actors.move('provider-khl', one.part, deathReported)).body;
    await actors.move('practice', one.part, { status: 'in-progress', businessStatus: business('started') });
    const late: CloudEvent<Task> = {
      ...{ specversion: '1.0', datacontenttype: 'application/fhir+json', source: '/ginnel/referral' },
      ...{ id: randomUUID(), type: 'referral-death-reported.v1', time: new Date().toISOString(), data: reported },
      ...{ subject: `Task/${one.part}/_history/3`, sequence: 3, audience: '', correlationid: randomUUID() },
    };
    await world.running.app.get(OnDeathTold, { strict: false }).handle(late);
    expect(await states(one)).toEqual(['in-progress/started', 'in-progress/started', 'active']);
  });

  it('who has died is referred nowhere any more', async () => {
    const one = await actors.refer('staying-steady');
    const two = await actors.refer('games-cafe', one.patient);
    const told = await actors.move('practice', one.part, {
      status: 'cancelled',
      businessStatus: business('patient-died'),
    });
    expect(told.status).toBe(200);
    await eventually(
      () => statesOf([one, two]),
      (states) => states.every((state) => state === 'cancelled/patient-died'),
    );
    const wishes = await Promise.all(
      [one, two].map(({ request }) => actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`)),
    );
    expect(wishes.map(({ status }) => status)).toEqual(['revoked', 'revoked']);
  });

  it('whose record says that they have died is referred nowhere any more', async () => {
    const referral = await actors.refer('staying-steady');
    await tellDeath(referral);
    await eventually(
      () => states(referral),
      ([part, , wish]) => part === 'cancelled/patient-died' && wish === 'revoked',
    );
  });

  it('who has died while another provider was to be chosen is referred nowhere any more, until the record says otherwise', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, rejected);
    expect(await states(referral)).toEqual(['rejected/rejected', 'received/alternatives-offered', 'active']);
    await tellDeath(referral);
    await eventually(
      () => states(referral),
      ([part, parent, wish]) =>
        part === 'rejected/rejected' && parent === 'cancelled/patient-died' && wish === 'revoked',
    );
    const closing = await actors.search<Provenance>('practice', `Provenance?target=ServiceRequest/${referral.request}`);
    expect(closing.map(({ agent }) => agent[0]?.onBehalfOf?.reference)).toEqual(['Organization/worth-valley-practice']);
    const answers = [await actors.ask(referral, 'games-cafe'), await again('practice', referral)];
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    const patient = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
    delete patient.deceasedDateTime;
    await actors.put<Patient>('practice', patient);
    const anew = await actors.refer('games-cafe', referral.patient);
    expect(await states(anew)).toEqual(['requested/sent', 'requested/sent', 'active']);
  });

  it('who has died is asked nobody for, and nothing that ended goes on or begins again', async () => {
    const done = await actors.refer('staying-steady');
    const waiting = await actors.refer('walks', done.patient);
    await actors.start('provider-khl', done.part);
    await actors.complete('provider-khl', done.part);
    await actors.move('provider-khl', waiting.part, rejected);
    await tellDeath(done);
    const asked = await actors.ask(waiting, 'games-cafe');
    const answers = [
      await again('practice', done),
      await again('provider-khl', done),
      await actors.move('provider-khl', done.part, { status: 'in-progress' }),
    ];
    expect([asked, ...answers].map(({ status }) => status)).toEqual([422, 422, 422, 422]);
    for (const { text } of answers) expect(text).toContain('Correct Patient.deceased first');
    expect(await states(done)).toEqual(['completed/completed', 'completed/completed', 'completed']);
  });

  async function tellDeath({ patient }: Referral): Promise<void> {
    const record = await actors.read<Patient>('practice', `Patient/${patient}`);
    await actors.put<Patient>('practice', { ...record, deceasedDateTime: '2026-11-19' });
  }

  function again(as: 'practice' | 'provider-khl', { part }: Referral): Promise<Answer<Task>> {
    const reopens = { coding: activity.coding.map((one) => ({ ...one, code: 'reopens' })) };
    return actors.post<Task>(as, {
      ...{ resourceType: 'Task', status: 'requested', intent: 'order' },
      input: [{ type: reopens, valueReference: { reference: `Task/${part}` } }],
    });
  }

  /** Of the part, of the referral's own Task, and of the wish. */
  async function states({ part, parent, request }: Referral): Promise<string[]> {
    const tasks = await Promise.all([part, parent].map((id) => actors.read<Task>('practice', `Task/${id}`)));
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    return [...tasks.map(stateOf), wish.status];
  }

  /** Of all parts. */
  async function statesOf(referrals: readonly Referral[]): Promise<string[]> {
    const found = referrals.map(({ parent }) => actors.search<Task>('practice', `Task?part-of=Task/${parent}`));
    const parts = (await Promise.all(found)).flat().filter(({ businessStatus }) => businessStatus !== undefined);
    return parts.map(stateOf);
  }
});

const base = 'https://ginnel.org.uk/fhir';
const needMet = { coding: [{ system: `${base}/CodeSystem/task-output`, code: 'need-met' }] };
const rejected: Partial<Task> = {
  status: 'rejected',
  statusReason: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '40' }] },
};
const deathReported = { status: 'on-hold', businessStatus: business('death-reported') } as const;

function word(text: string) {
  return {
    authorReference: { reference: 'Organization/keighley-healthy-living' },
    time: '2026-11-20T10:00:00Z',
    text,
  };
}

function business(code: string) {
  return { coding: [{ system: `${base}/CodeSystem/referral-business-status`, code }] };
}

function stateOf({ status, businessStatus }: Task): string {
  return `${status}/${businessStatus?.coding?.[0]?.code ?? ''}`;
}
