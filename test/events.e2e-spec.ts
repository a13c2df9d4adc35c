import { randomUUID } from 'node:crypto';
import type {
  Appointment,
  Bundle,
  FhirResource,
  HealthcareService,
  OperationOutcome,
  Patient,
  QuestionnaireResponse,
  ServiceRequest,
  Slot,
  Task,
} from 'fhir/r4';
import { inventedMessage } from '../apps/sandbox/src/story/invented-message.js';
import { responseOf } from './outcome-actors.js';
import { Tables } from './tables.js';
import { eventually } from './eventually.js';
import { startWorld, type World } from './world.js';

type As = Parameters<World['send']>[0];

const dos = 'https://fhir.nhs.uk/Id/dos-service-id';
let world: World;
const tables = new Tables(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('an identifier of the directory that routes referrals', () => {
  it('is not given by a provider to a service of its own, nor changed', async () => {
    const created = await write('provider-project6', serviceOf('project-6', { system: dos, value: '2000099911' }));
    const spelt = await write(
      'provider-project6',
      serviceOf('project-6', { system: 'http://fhir.nhs.uk/id/dos-service-id', value: randomUUID() }),
    );
    const own = await read<HealthcareService>('provider-khl', 'HealthcareService/staying-steady');
    const { identifier: routed = [], ...without } = own;
    const changed = await world.send<OperationOutcome>('provider-khl', {
      method: 'PUT',
      path: '/fhir/HealthcareService/staying-steady',
      body: { ...own, identifier: [{ system: dos, value: randomUUID() }] },
    });
    const taken = await world.send<OperationOutcome>('provider-khl', {
      method: 'PUT',
      path: '/fhir/HealthcareService/staying-steady',
      body: without,
    });
    const told = [created, spelt, changed, taken].map(({ status, body }) => [
      status,
      (body as OperationOutcome).issue[0]?.expression,
    ]);
    expect(routed.map(({ system }) => system)).toContain(dos);
    expect(told).toEqual([
      [403, ['HealthcareService.identifier[0]']],
      [403, ['HealthcareService.identifier[0]']],
      [403, ['HealthcareService.identifier[0]']],
      [403, ['HealthcareService.identifier']],
    ]);
  });

  it('lets a provider change everything else of a service that bears one', async () => {
    const own = await read<HealthcareService>('provider-khl', 'HealthcareService/staying-steady');
    const answer = await world.send('provider-khl', {
      method: 'PUT',
      path: '/fhir/HealthcareService/staying-steady',
      body: { ...own, comment: 'Bring water.' },
    });
    expect([own.identifier?.some(({ system }) => system === dos), answer.status]).toEqual([true, 200]);
  });

  it('is given once: to one of two integrators at the same moment, and to nobody after the seed', async () => {
    const value = randomUUID();
    const service = serviceOf('keighley-healthy-living', { system: dos, value });
    const answers = await Promise.all(Array.from({ length: 6 }, () => write('integrator', service)));
    const seeded = await write('integrator', serviceOf('project-6', { system: dos, value: '2000099911' }));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    expect([seeded.status, (seeded.body as OperationOutcome).issue]).toMatchObject([
      409,
      [{ code: 'duplicate', expression: ['HealthcareService.identifier[0]'] }],
    ]);
  });

  it('that two services bear sends a message to neither', async () => {
    const value = `double-${randomUUID()}`;
    const made = await write('integrator', serviceOf('keighley-healthy-living', { system: dos, value }));
    const other = await write('integrator', serviceOf('project-6', { system: dos, value: `${value}-other` }));
    expect([made.status, other.status]).toEqual([201, 201]);
    // As a directory from before identifiers were given once may hold it.
    await tables.on(async (client) => {
      await client.query(
        `UPDATE activity_directory.healthcare_service SET content = replace(content, $1, $2) WHERE id = $3`,
        [`${value}-other`, value, (other.body as HealthcareService).id],
      );
      await client.query(`UPDATE activity_directory.healthcare_service_value SET value = $2 WHERE value = $1`, [
        `${value}-other`,
        value,
      ]);
      await client.query(`DELETE FROM referral.healthcare_service_value WHERE value LIKE $1`, [`${value}%`]);
    });
    const message = inventedMessage({ newId: randomUUID, now: new Date(), service: value });
    const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
    const answer = await world.send<OperationOutcome>('practice', {
      method: 'POST',
      path: '/fhir/$process-message',
      body: message,
      headers,
    });
    expect([answer.status, answer.text.includes('MessageHeader.destination')]).toEqual([409, true]);
  });
});

describe('a resource that is too large to ride in its event', () => {
  it('is heard of all the same: copies follow, questionnaires are given out, nothing is parked', async () => {
    const note = [{ text: 'walks "daily" '.repeat(50_000) }];
    const { request, patient, part } = await refer({ note });
    const answer = await world.send<QuestionnaireResponse>('provider-khl', {
      method: 'POST',
      path: '/fhir/QuestionnaireResponse',
      body: responseOf({ request, patient }, { at: 'after', authored: '2021-07-15' }),
    });
    const task = await read<Task>('provider-khl', `Task/${part}`);
    const large = [{ text: 'x'.repeat(600 * 1024) }];
    const accepted = await update('provider-khl', { ...task, status: 'accepted', note: large });
    const started = await update('provider-khl', {
      ...accepted.body,
      status: 'in-progress',
      executionPeriod: { start: '2026-11-01' },
    });
    expect([answer.status, accepted.status, started.status]).toEqual([201, 200, 200]);
    const asked = await eventually(
      () => search<Task>('provider-khl', `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`),
      (tasks) => tasks.length >= 4,
    );
    const copies = await eventually(
      () => tables.copiesOf(request, part),
      (found) => found.length === 2,
    );
    expect([new Set(asked.map(({ status }) => status)).has('requested'), copies]).toEqual([
      true,
      ['ServiceRequest', 'Task'],
    ]);
    expect(await tables.parked()).toEqual([]);
  });
});

describe('answers that come at the moment at which they are asked for', () => {
  it('close the Task that asks, whichever is faster', async () => {
    const rounds = await Promise.all(Array.from({ length: 6 }, () => refer()));
    await Promise.all(
      rounds.map(async ({ request, patient, part }) => {
        const task = await read<Task>('provider-khl', `Task/${part}`);
        const answered = { at: 'baseline', authored: '2021-03-15' } as const;
        await Promise.all([
          update('provider-khl', { ...task, status: 'accepted' }),
          create('provider-khl', responseOf({ request, patient }, answered)),
        ]);
      }),
    );
    for (const { request } of rounds) {
      const query = `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`;
      const settled = await eventually(
        async () => (await search<Task>('provider-khl', query)).filter(({ id }) => id?.endsWith('.msk-hq')),
        ([task]) => task?.status === 'completed',
      );
      expect(settled.map(({ status, output = [] }) => [status, output.length])).toEqual([['completed', 1]]);
    }
    expect(await tables.parked()).toEqual([]);
  });

  it('close it as it is made where they came long before, and no second one', async () => {
    const { request, patient, part } = await refer();
    const response = responseOf({ request, patient }, { at: 'baseline', authored: '2021-03-15' });
    // It does not say when it is from.
    const { id } = await create('provider-khl', withoutTimePoint(response));
    await tables.heard(`QuestionnaireResponse/${id ?? ''}`);
    const task = await read<Task>('provider-khl', `Task/${part}`);
    const accepted = await update('provider-khl', { ...task, status: 'accepted' });
    const started = { ...accepted.body, status: 'in-progress', executionPeriod: { start: '2026-11-01' } } as Task;
    expect((await update('provider-khl', started)).status).toBe(200);
    const asked = await eventually(
      () => search<Task>('provider-khl', `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`),
      (tasks) => tasks.filter(({ id: taskId }) => taskId?.endsWith('.msk-hq')).length === 2,
    );
    const states = asked.map(({ id: taskId, status }) => `${taskId?.split('.').slice(1).join('.') ?? ''} ${status}`);
    expect(states.filter((state) => state.includes('msk-hq')).sort()).toEqual([
      'after.msk-hq requested',
      'baseline.msk-hq completed',
    ]);
  });
});

describe('a referral whose activity was not heard of yet', () => {
  it('is asked its questionnaires all the same', async () => {
    const { request, part } = await refer({}, 'chair-yoga');
    await tables.on((client) => client.query(`DELETE FROM referral.healthcare_service WHERE id = 'chair-yoga'`));
    const task = await read<Task>('provider-khl', `Task/${part}`);
    expect((await update('provider-khl', { ...task, status: 'accepted' })).status).toBe(200);
    const asked = await eventually(
      () => search<Task>('provider-khl', `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`),
      (tasks) => tasks.length >= 2,
    );
    expect(asked.map(({ status }) => status)).toEqual(['requested', 'requested']);
  });
});

describe('the places that the directory shows', () => {
  it('follow what is booked, cancelled and taken back as a mistake', async () => {
    const { request, patient } = await refer({}, 'chair-yoga');
    const slot = await create<Slot>('provider-khl', {
      resourceType: 'Slot',
      schedule: { reference: 'Schedule/chair-yoga' },
      status: 'free',
      start: '2027-02-01T10:00:00Z',
      end: '2027-02-01T11:00:00Z',
    });
    const book = (status: Appointment['status']) =>
      create<Appointment>('provider-khl', {
        resourceType: 'Appointment',
        status,
        start: slot.start,
        end: slot.end,
        basedOn: [{ reference: `ServiceRequest/${request}` }],
        slot: [{ reference: `Slot/${slot.id ?? ''}` }],
        participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
      });
    const shows = (status: Slot['status']) =>
      eventually(
        () => read<Slot>('provider-khl', `Slot/${slot.id ?? ''}`),
        (seen) => seen.status === status,
      );
    const booked = await book('booked');
    await shows('busy');
    expect((await update('provider-khl', { ...booked, status: 'entered-in-error' })).status).toBe(200);
    await shows('free');
    const again = await book('booked');
    await shows('busy');
    expect((await update('provider-khl', { ...again, status: 'cancelled' })).status).toBe(200);
    const free = await shows('free');
    expect(free.extension?.at(-1)?.valueUnsignedInt).toBe(0);
  });
});

function withoutTimePoint(response: QuestionnaireResponse): QuestionnaireResponse {
  return Object.fromEntries(
    Object.entries(response).filter(([element]) => element !== 'extension'),
  ) as unknown as QuestionnaireResponse;
}

async function refer(more: Partial<ServiceRequest> = {}, activityId = 'staying-steady') {
  const patient = await create<Patient>('practice', { resourceType: 'Patient' });
  const request = await create<ServiceRequest>('practice', {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: `Patient/${patient.id ?? ''}` },
    performer: [{ reference: `HealthcareService/${activityId}` }],
    ...more,
  });
  const tasks = await search<Task>('provider-khl', `Task?focus=ServiceRequest/${request.id ?? ''}`);
  const part = tasks.find(({ partOf }) => partOf !== undefined);
  return { patient: patient.id ?? '', request: request.id ?? '', part: part?.id ?? '' };
}

async function create<R extends FhirResource>(as: As, body: R): Promise<R> {
  const answer = await write(as, body);
  if (answer.status !== 201) throw new Error(answer.text.slice(0, 1000));
  return answer.body as R;
}

function update<R extends FhirResource>(as: As, body: R) {
  return world.send<R>(as, { method: 'PUT', path: `/fhir/${body.resourceType}/${body.id ?? ''}`, body });
}

async function search<R>(as: As, query: string): Promise<R[]> {
  const bundle = await read<Bundle>(as, query);
  return (bundle.entry ?? []).map(({ resource }) => resource as R);
}

function serviceOf(organisation: string, identifier: { system: string; value: string }): HealthcareService {
  return {
    resourceType: 'HealthcareService',
    active: true,
    name: 'Invented',
    identifier: [identifier],
    providedBy: { reference: `Organization/${organisation}` },
  };
}

function write<R extends FhirResource>(as: As, body: R) {
  return world.send<R | OperationOutcome>(as, { method: 'POST', path: `/fhir/${body.resourceType}`, body });
}

async function read<R>(as: As, path: string): Promise<R> {
  return (await world.send<R>(as, { path: `/fhir/${path}` })).body;
}
