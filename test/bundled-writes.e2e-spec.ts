import type {
  Bundle,
  BundleEntry,
  CarePlan,
  FhirResource,
  HealthcareService,
  OperationOutcome,
  Patient,
  Practitioner,
  Reference,
  Schedule,
  ServiceRequest,
  Slot,
  Task,
} from 'fhir/r4';
import { idIn, messageFor, takeMessage } from './messages.js';
import { type As, ReferralActors, requestFor } from './referral-actors.js';
import { type Answer, startWorld, type World } from './world.js';

let world: World;
const actors = new ReferralActors(() => world);

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const link = 'urn:uuid:7b1f5f0e-0000-4000-8000-000000000001';
const khl = { reference: 'Organization/keighley-healthy-living' };

function send(as: As, ...entry: BundleEntry[]): Promise<Answer<Bundle | OperationOutcome>> {
  return world.send(as, {
    method: 'POST',
    path: '/fhir',
    body: { resourceType: 'Bundle', type: 'transaction', entry },
  });
}

function post(resource: FhirResource, more: Partial<BundleEntry> = {}): BundleEntry {
  return { resource, request: { method: 'POST', url: resource.resourceType }, ...more };
}

function put(resource: FhirResource): BundleEntry {
  return { resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}` } };
}

function expressionsIn({ body }: Answer<Bundle | OperationOutcome>): unknown {
  return body.resourceType === 'OperationOutcome' ? body.issue.map(({ expression }) => expression) : body;
}

const identifier = (value: string) => [{ system: 'https://ginnel.example/bundled', value }];

describe('a referral that is sent together with its person', () => {
  const person = (value: string): Patient => ({ resourceType: 'Patient', identifier: identifier(value) });
  const condition = (value: string) => ({
    fullUrl: link,
    request: {
      method: 'POST' as const,
      url: 'Patient',
      ifNoneExist: `identifier=https://ginnel.example/bundled|${value}`,
    },
  });

  const itself = ({ id = '' }: Patient) => `Patient/${id}`;

  it.each<[how: string, entry: (known: Patient) => BundleEntry, subject: (known: Patient) => string]>([
    ['who is there already under the criteria', () => post(person('known'), condition('known')), () => link],
    ['whose record is sent as it is', (known) => put(known), itself],
    ['whose record is changed', (known) => put({ ...known, gender: 'female' }), itself],
  ])('%s lets its provider see both', async (how, entry, subject) => {
    const known = await actors.create<Patient>('practice', person(how.includes('criteria') ? 'known' : how));
    expect(await actors.statusOf('provider-khl', `Patient/${known.id ?? ''}`)).toBe(404);
    const wish = post(requestFor(subject(known), 'chair-yoga'));
    const answer = await send('practice', entry(known), wish);
    expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
    expect(await actors.statusOf('provider-khl', `Patient/${known.id ?? ''}`)).toBe(200);
  });

  it.each<[string, Partial<Patient>]>([
    ['as it is', {}],
    ['with another address', { address: [{ city: 'Invented' }] }],
  ])('is not shown again %s to a provider that the referral went on without', async (_, more) => {
    const referral = await actors.refer('staying-steady');
    const coding = [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '42' }];
    const rejected = await actors.move('provider-khl', referral.part, { status: 'rejected', statusReason: { coding } });
    expect([rejected.status, (await actors.ask(referral, 'games-cafe')).status]).toEqual([200, 201]);
    const known = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    expect((await send('practice', put({ ...known, ...more }), put(wish))).status).toBe(200);
    const seen = (['provider-khl', 'provider-project6'] as const).map((as) => actors.statusOf(as, itself(known)));
    expect(await Promise.all(seen)).toEqual([404, 200]);
  });

  it('may be written again together where the directory does not know whom a message asked', async () => {
    const message = messageFor(({ request }) => {
      request.performer = [{ display: 'Somebody' }];
    });
    const taken = await takeMessage(world, message);
    const [patient, request] = [idIn(taken, 'Patient'), idIn(taken, 'ServiceRequest')];
    const known = await actors.read<Patient>('practice', `Patient/${patient}`);
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    const answer = await send('practice', put({ ...known, gender: 'other' }), put(wish));
    expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
    expect((await actors.read<Patient>('provider-khl', `Patient/${patient}`)).gender).toBe('other');
  });

  it('has one Task: a second one for it, or one for a referral that was sent before, is refused and not lost', async () => {
    const task = (focus: string, description: string): Task => ({
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      focus: { reference: focus },
      description,
    });
    const wish = post(requestFor(`Patient/${await actors.person()}`, 'chair-yoga'), { fullUrl: link });
    const twice = await send('practice', wish, post(task(link, 'one')), post(task(link, 'another')));
    expect([twice.status, expressionsIn(twice)]).toEqual([422, [['Bundle.entry[2]']]]);
    const { request } = await actors.refer('chair-yoga');
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    for (const again of [sent, { ...sent, note: [{ text: 'Rings back' }] }]) {
      const answer = await send('practice', put(again), post(task(`ServiceRequest/${request}`, 'late')));
      expect([answer.status, expressionsIn(answer)]).toEqual([422, [['Bundle.entry[1]']]]);
    }
  });
});

describe('a record that is sent together with the referral that it hangs on', () => {
  const bundle = async (more: (subject: Reference) => FhirResource, other?: string) => {
    const person = `Patient/${await actors.person()}`;
    const wish = post(requestFor(person, 'chair-yoga'), { fullUrl: link });
    return send('practice', wish, post(more({ reference: other ?? person })));
  };
  const procedure = (subject: Reference): FhirResource => ({
    resourceType: 'Procedure',
    status: 'completed',
    subject,
    basedOn: [{ reference: link }],
  });
  const letter = (subject: Reference): FhirResource => ({
    resourceType: 'DocumentReference',
    status: 'current',
    subject,
    content: [{ attachment: { contentType: 'text/plain', data: 'eA==' } }],
    context: { related: [{ reference: link }] },
  });

  it.each([
    ['of the same service', procedure],
    ['of another service', letter],
  ])('%s is seen by its provider', async (_where, more) => {
    const { status, body } = await bundle(more);
    const made = body.resourceType === 'Bundle' ? body.entry?.[1]?.resource : undefined;
    const place = `${made?.resourceType ?? ''}/${made?.id ?? ''}`;
    expect([status, await actors.statusOf('provider-khl', place)]).toEqual([200, 200]);
  });

  it.each([
    ['of the same service', procedure],
    ['of another service', letter],
  ])('%s is of the same person', async (_where, more) => {
    const answer = await bundle(more, `Patient/${await actors.person()}`);
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('of the same person only')]);
  });
});

describe('what is changed beside what it names', () => {
  it('may name what the same Bundle makes', async () => {
    const subject = { reference: `Patient/${await actors.person()}` };
    const plan: CarePlan = { resourceType: 'CarePlan', status: 'active', intent: 'plan', subject };
    const known = await actors.create<CarePlan>('practice', plan);
    const condition: FhirResource = { resourceType: 'Condition', subject, code: { text: 'lonely' } };
    const answer = await send(
      'practice',
      post(condition, { fullUrl: link }),
      put({ ...known, addresses: [{ reference: link }] }),
    );
    expect(answer.status).toBe(200);
  });

  it('belongs to whom it is stored for, whatever is sent beside it', async () => {
    const service = (providedBy: HealthcareService['providedBy']): HealthcareService => ({
      resourceType: 'HealthcareService',
      ...(providedBy ? { providedBy } : {}),
    });
    const idOf = ({ id = '' }: FhirResource) => id;
    const theirs = await actors.create<HealthcareService>('provider-khl', service(khl));
    const mine = await actors.create<HealthcareService>(
      'provider-project6',
      service({ reference: 'Organization/project-6' }),
    );
    const schedule = (one: HealthcareService): Schedule => ({
      resourceType: 'Schedule',
      actor: [{ reference: `HealthcareService/${idOf(one)}` }],
    });
    const diary = await actors.create<Schedule>('provider-khl', schedule(theirs));
    const slot = await actors.create<Slot>('provider-khl', {
      resourceType: 'Slot',
      schedule: { reference: `Schedule/${idOf(diary)}` },
      status: 'free',
      start: '2027-01-01T10:00:00Z',
      end: '2027-01-01T11:00:00Z',
    });
    const pretended = post(schedule(mine), {
      request: { method: 'POST', url: 'Schedule', ifNoneExist: `_id=${idOf(diary)}` },
    });
    const answer = await send('provider-project6', pretended, put({ ...slot, status: 'busy' }));
    expect([answer.status, expressionsIn(answer)]).toEqual([403, [['Bundle.entry[1].resource.schedule']]]);
  });
});

describe('an id of what was deleted', () => {
  it('is given back to whose it was, and to nobody else', async () => {
    const bodies: FhirResource[] = [
      { resourceType: 'Practitioner' } satisfies Practitioner,
      { resourceType: 'HealthcareService', providedBy: khl } satisfies HealthcareService,
    ];
    for (const body of bodies) {
      const { id = '' } = await actors.create<FhirResource>('provider-khl', body);
      const path = `/fhir/${body.resourceType}/${id}`;
      expect((await world.send('provider-khl', { method: 'DELETE', path })).status).toBe(204);
      const other: FhirResource = {
        ...body,
        ...(body.resourceType === 'HealthcareService' ? { providedBy: { reference: 'Organization/project-6' } } : {}),
        id,
      };
      expect((await actors.put('provider-project6', other)).status).toBe(403);
      expect((await actors.put('provider-khl', { ...body, id })).status).toBe(201);
    }
  });
});

describe('what Ginnel writes on somebodys behalf', () => {
  it('keeps the digits of decimals, when a referral is shared and when it is completed', async () => {
    const request = {
      ...requestFor(`Patient/${await actors.person()}`, 'chair-yoga'),
      quantityQuantity: { value: 15 },
    };
    const body = JSON.stringify(request).replace('15}', '1.50}');
    const made = await world.send<ServiceRequest>('practice', { method: 'POST', path: '/fhir/ServiceRequest', body });
    const id = made.body.id ?? '';
    const tasks = await actors.search<Task>('practice', `Task?focus=ServiceRequest/${id}`);
    const [parent = '', part = ''] = [false, true].map(
      (parted) => tasks.find(({ partOf }) => (partOf !== undefined) === parted)?.id,
    );
    const services = await actors.search<HealthcareService>('practice', 'HealthcareService?_count=100');
    const other = services.find(({ providedBy }) => providedBy?.reference === 'Organization/project-6')?.id ?? '';
    expect((await actors.ask({ patient: '', request: id, parent, part }, other)).status).toBe(201);
    await actors.start('provider-khl', part);
    expect((await actors.complete('provider-khl', part)).status).toBe(200);
    const { text, body: now } = await world.send<ServiceRequest>('practice', { path: `/fhir/ServiceRequest/${id}` });
    expect(Number(now.meta?.versionId)).toBeGreaterThan(1);
    expect(text).toContain('"quantityQuantity":{"value":1.50}');
  });
});
