import { randomUUID } from 'node:crypto';
import type { Appointment, Bundle, FhirResource, Patient, Provenance, ServiceRequest, Slot, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { type Answer, startWorld, type World } from './world.js';

type As = Parameters<World['send']>[0];

describe('a referral', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it("of a transaction makes the requester's own Task the referral's, with a part for the provider", async () => {
    const [patient, request, task] = [urn(), urn(), urn()];
    const body = transaction([
      [patient, { resourceType: 'Patient', name: [{ family: 'Invented' }] }],
      [request, requestFor(patient, 'staying-steady')],
      [task, ownTask(request)],
    ]);
    const answer = await world.send<Bundle>('practice', { method: 'POST', path: '/fhir', body });
    expect([answer.status, answer.body.entry?.map(({ response }) => response?.status.slice(0, 3))]).toEqual([
      200,
      ['201', '201', '201'],
    ]);
    const [, requestId, taskId] = (answer.body.entry ?? []).map(({ response }) =>
      response?.location?.split('/').at(-3),
    );
    const tasks = await tasksOf(requestId ?? '', 'provider-khl');
    expect(
      tasks.map(({ partOf, identifier, id }) => [partOf?.[0]?.reference, identifier?.[0]?.value, id === taskId]),
    ).toEqual(
      expect.arrayContaining([
        [undefined, 'practice-7', true],
        [`Task/${taskId ?? ''}`, undefined, false],
      ]),
    );
    expect(tasks).toHaveLength(2);
  });

  it('of a transaction of which one entry is wrong leaves nothing behind', async () => {
    const [patient, request] = [urn(), urn()];
    const family = `Invented ${randomUUID()}`;
    const body = transaction([
      [patient, { resourceType: 'Patient', name: [{ family }] }],
      [request, requestFor(patient, 'nowhere')],
    ]);
    const answer = await world.send('practice', { method: 'POST', path: '/fhir', body });
    const found = await search<Patient>('practice', `Patient?family=${encodeURIComponent(family)}`);
    expect([answer.status, found]).toEqual([422, []]);
  });

  it('that is a draft has no Task until it is active', async () => {
    const patient = await create<Patient>('practice', { resourceType: 'Patient' });
    const draft = await create<ServiceRequest>('practice', {
      ...requestFor(`Patient/${patient.id ?? ''}`, 'walks'),
      status: 'draft',
    });
    expect(await tasksOf(draft.id ?? '', 'practice')).toEqual([]);
    const active = await update<ServiceRequest>('practice', { ...draft, status: 'active' });
    expect([active.status, (await tasksOf(draft.id ?? '', 'practice')).length]).toEqual([200, 2]);
  });

  it('goes up with its parts, and closes the wish with a Provenance when all is done', async () => {
    const { request, part } = await refer('cookery');
    const moves = [
      { status: 'accepted' },
      { status: 'in-progress', executionPeriod: { start: '2026-11-01' } },
      { status: 'completed', output: [{ type: needMet, valueCode: 'fully' }] },
    ] as const;
    const seen: (string | undefined)[] = [];
    for (const change of moves) {
      const task = await read<Task>('provider-khl', `Task/${part}`);
      const moved = await update('provider-khl', { ...task, ...change } as Task);
      const parent = (await tasksOf(request, 'practice')).find(({ partOf }) => partOf === undefined);
      seen.push(`${String(moved.status)} ${parent?.status ?? ''}`);
    }
    const wish = await read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    expect([seen, wish.status]).toEqual([['200 accepted', '200 in-progress', '200 completed'], 'completed']);
    expect(await provenancesOf(`ServiceRequest/${request}`)).toEqual([`ServiceRequest/${request}/_history/2`]);
  });

  it('that is full goes to another provider, which then sees the wish and the person and nothing of the first', async () => {
    const { patient, request, part } = await refer('staying-steady');
    const task = await read<Task>('provider-khl', `Task/${part}`);
    const full = { system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '22' };
    const business = { coding: [{ system: businessStatusSystem, code: 'capacity-full' }] };
    const said = { ...task, status: 'rejected', businessStatus: business, statusReason: { coding: [full] } } as Task;
    expect((await update('provider-khl', said)).status).toBe(200);
    const parent = (await tasksOf(request, 'practice')).find(({ partOf }) => partOf === undefined);
    expect(parent?.businessStatus?.coding?.[0]?.code).toBe('alternatives-offered');
    const next = await create<Task>('practice', {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      partOf: [{ reference: `Task/${parent?.id ?? ''}` }],
      input: [{ type: activity, valueReference: { reference: 'HealthcareService/games-cafe' } }],
    });
    const statuses = await Promise.all(
      [`Task/${next.id ?? ''}`, `ServiceRequest/${request}`, `Patient/${patient}`, `Task/${part}`].map(
        async (path) => (await world.send('provider-project6', { path: `/fhir/${path}` })).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 200, 404]);
  });

  it('asks each provider once for the same activity', async () => {
    const { request } = await refer('staying-steady');
    const parent = (await tasksOf(request, 'practice')).find(({ partOf }) => partOf === undefined);
    const again = await world.send('practice', {
      method: 'POST',
      path: '/fhir/Task',
      body: {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        partOf: [{ reference: `Task/${parent?.id ?? ''}` }],
        input: [{ type: activity, valueReference: { reference: 'HealthcareService/staying-steady' } }],
      },
    });
    expect(again.status).toBe(409);
  });

  it('is moved by one of two at the same moment', async () => {
    const { part } = await refer('dance', 'provider-project6');
    const task = await read<Task>('provider-project6', `Task/${part}`);
    const headers = { 'if-match': 'W/"1"' };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => update('provider-project6', { ...task, status: 'accepted' }, headers)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 412)]);
  });

  it('asks for the baseline questionnaires once, also when two activities accept', async () => {
    const { request, part } = await refer('chair-yoga');
    const task = await read<Task>('provider-khl', `Task/${part}`);
    await update('provider-khl', { ...task, status: 'accepted' });
    const asked = () =>
      search<Task>('provider-khl', `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`);
    const tasks = await eventually(asked, (found) => found.length >= 2);
    expect(tasks.map(({ input }) => input?.[0]?.valueCanonical?.split('/').at(-1)).sort()).toEqual([
      'loneliness|1.0.0',
      'msk-hq|1.0.0',
    ]);
  });

  it('asks for the baseline, once, also where it begins without a word of acceptance', async () => {
    const { request, part } = await refer('chair-yoga');
    const task = await read<Task>('provider-khl', `Task/${part}`);
    const started = { businessStatus: { coding: [{ system: businessStatusSystem, code: 'started' }] } };
    const begun = { status: 'in-progress', executionPeriod: { start: '2026-11-01' }, ...started } as const;
    expect((await update('provider-khl', { ...task, ...begun })).status).toBe(200);
    const asked = () =>
      search<Task>('provider-khl', `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`);
    const tasks = await eventually(asked, (found) => found.length >= 4);
    expect(tasks.map(({ input }) => input?.[1]?.valueCoding?.code).sort()).toEqual([
      'after',
      'after',
      'baseline',
      'baseline',
    ]);
  });

  it('never books more people on a session than it has places, and frees the place of who cancels', async () => {
    const { patient, request } = await refer('chair-yoga');
    const slot = await create<Slot>('provider-khl', {
      resourceType: 'Slot',
      schedule: { reference: 'Schedule/chair-yoga' },
      status: 'free',
      start: '2027-02-01T10:00:00Z',
      end: '2027-02-01T11:00:00Z',
      extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/places', valuePositiveInt: 3 }],
    });
    const book = () =>
      world.send<Appointment>('provider-khl', {
        method: 'POST',
        path: '/fhir/Appointment',
        body: on(slot, { patient, request }),
      });
    expect((await book()).status).toBe(201);
    const answers = await Promise.all(Array.from({ length: 20 }, book));
    const booked = async () =>
      search<Appointment>('provider-khl', `Appointment?slot=Slot/${slot.id ?? ''}&status=booked`);
    // Of those that came at once some may be told to try again: they do.
    while ((await booked()).length < 3) answers.push(await book());
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
    expect([(await booked()).length, (await book()).status]).toEqual([3, 409]);
    const [first] = await booked();
    const cancelled = await update<Appointment>('provider-khl', { ...first, status: 'cancelled' } as Appointment);
    const again = await update('provider-khl', { ...cancelled.body, status: 'booked' });
    expect([cancelled.status, again.status]).toEqual([200, 422]);
    expect([(await book()).status, (await book()).status, (await booked()).length]).toEqual([201, 409, 3]);
    const isBusy = async () => read<Slot>('provider-khl', `Slot/${slot.id ?? ''}`);
    expect((await eventually(isBusy, ({ status }) => status === 'busy')).status).toBe('busy');
  });

  async function refer(activityId: string, provider: As = 'provider-khl') {
    const patient = await create<Patient>('practice', { resourceType: 'Patient' });
    const request = await create<ServiceRequest>('practice', requestFor(`Patient/${patient.id ?? ''}`, activityId));
    const tasks = await tasksOf(request.id ?? '', provider);
    const part = tasks.find(({ partOf }) => partOf !== undefined);
    return { patient: patient.id ?? '', request: request.id ?? '', part: part?.id ?? '' };
  }

  async function create<R>(as: As, body: FhirResource): Promise<R> {
    const answer = await world.send<R>(as, { method: 'POST', path: `/fhir/${body.resourceType}`, body });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  function update<R>(as: As, body: FhirResource, headers: Record<string, string> = {}): Promise<Answer<R>> {
    return world.send<R>(as, { method: 'PUT', path: `/fhir/${body.resourceType}/${body.id ?? ''}`, body, headers });
  }

  async function read<R>(as: As, path: string): Promise<R> {
    return (await world.send<R>(as, { path: `/fhir/${path}` })).body;
  }

  async function search<R>(as: As, query: string): Promise<R[]> {
    const bundle = await read<Bundle>(as, query);
    return (bundle.entry ?? []).map(({ resource }) => resource as R);
  }

  function tasksOf(request: string, as: As): Promise<Task[]> {
    return search<Task>(as, `Task?focus=ServiceRequest/${request}`);
  }

  async function provenancesOf(target: string): Promise<string[]> {
    const found = await search<Provenance>('practice', `Provenance?target=${target}`);
    for (const { id = '' } of found) expect((await read<Provenance>('practice', `Provenance/${id}`)).id).toBe(id);
    expect(await search('integrator', `Provenance?target=${target}`)).toEqual([]);
    const targets = found.flatMap((provenance) => provenance.target.map(({ reference = '' }) => reference));
    return targets.filter((reference) => reference.startsWith(target));
  }
});

const base = 'https://ginnel.org.uk/fhir';
const businessStatusSystem = `${base}/CodeSystem/referral-business-status`;
const needMet = { coding: [{ system: `${base}/CodeSystem/task-output`, code: 'need-met' }] };
const activity = { coding: [{ system: `${base}/CodeSystem/task-input`, code: 'activity' }] };
function urn(): string {
  return `urn:uuid:${randomUUID()}`;
}

function requestFor(subject: string, activityId: string): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: subject },
    performer: [{ reference: `HealthcareService/${activityId}` }],
  };
}

function ownTask(request: string): Task {
  return {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    identifier: [{ system: 'https://practice.example/Id/task', value: 'practice-7' }],
    focus: { reference: request },
  };
}

function transaction(entries: [string, FhirResource][]): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: entries.map(([fullUrl, resource]) => ({
      fullUrl,
      resource,
      request: { method: 'POST', url: resource.resourceType },
    })),
  };
}

function on(slot: Slot, { patient, request }: { patient: string; request: string }): Appointment {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    start: slot.start,
    end: slot.end,
    basedOn: [{ reference: `ServiceRequest/${request}` }],
    slot: [{ reference: `Slot/${slot.id ?? ''}` }],
    participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
  };
}
