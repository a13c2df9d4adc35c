import type {
  Bundle,
  BundleEntry,
  CarePlan,
  Communication,
  Condition,
  Encounter,
  FhirResource,
  Flag,
  ServiceRequest,
} from 'fhir/r4';
import { type Referral, ReferralActors, requestFor } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('what is kept with a referral', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it("is shared with one more provider, and nothing of the same person's other referral", async () => {
    const patient = await actors.person();
    const [reached, named, other] = [await condition(patient), await condition(patient), await condition(patient)];
    const plan = await actors.create<CarePlan>('practice', {
      resourceType: 'CarePlan',
      status: 'active',
      intent: 'plan',
      subject: { reference: `Patient/${patient}` },
      addresses: [{ reference: reached }],
    });
    const referral = await actors.refer('staying-steady', patient, {
      basedOn: [{ reference: `CarePlan/${plan.id ?? ''}` }],
      reasonReference: [{ reference: named }],
    });
    const second = await actors.refer('staying-steady', patient, { reasonReference: [{ reference: other }] });
    const hung = await actors.create('practice', hangingOn(second));
    expect((await actors.ask(referral, 'games-cafe')).status).toBe(201);
    const places = [
      `ServiceRequest/${referral.request}`,
      `Patient/${patient}`,
      `CarePlan/${plan.id ?? ''}`,
      reached,
      named,
      other,
      `ServiceRequest/${second.request}`,
      `Flag/${hung.id ?? ''}`,
    ];
    const statuses = await Promise.all(places.map((place) => actors.statusOf('provider-project6', place)));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404, 404, 404]);
  });

  it('is shared with the first provider as well, whether it was there before, is sent beside it or is named later', async () => {
    const patient = await actors.person();
    const subject = { reference: `Patient/${patient}` };
    const [before, later, other] = [await condition(patient), await condition(patient), await condition(patient)];
    const [planned, reached] = ['1', '2'].map((n) => `urn:uuid:5f0c0f0e-0000-4000-8000-00000000000${n}`) as [
      string,
      string,
    ];
    const post = (resource: FhirResource, fullUrl?: string): BundleEntry => ({
      ...(fullUrl === undefined ? {} : { fullUrl }),
      resource,
      request: { method: 'POST', url: resource.resourceType },
    });
    const entry = [
      post({ resourceType: 'Condition', subject }, reached),
      post(
        {
          resourceType: 'CarePlan',
          status: 'active',
          intent: 'plan',
          subject,
          addresses: [{ reference: reached }, { reference: before }],
        },
        planned,
      ),
      post({ ...requestFor(subject.reference, 'chair-yoga'), basedOn: [{ reference: planned }] }),
    ];
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    const sent = await world.send<Bundle>('practice', { method: 'POST', path: '/fhir', body });
    const made = (sent.body.entry ?? []).map(({ resource }) => resource as ServiceRequest);
    const places = [...made.map(({ resourceType, id = '' }) => `${resourceType}/${id}`), before, later, other];
    const seen = () => Promise.all(places.map((place) => actors.statusOf('provider-khl', place)));
    expect(await seen()).toEqual([200, 200, 200, 200, 404, 404]);
    const request = await actors.read<ServiceRequest>('practice', places[2] ?? '');
    expect((await actors.put('practice', { ...request, reasonReference: [{ reference: later }] })).status).toBe(200);
    expect(await seen()).toEqual([200, 200, 200, 200, 200, 404]);
  });

  it('is changed by its author alone', async () => {
    const referral = await actors.refer('staying-steady');
    const flag = await actors.create('practice', hangingOn(referral));
    const seen = await actors.read<Flag>('provider-khl', `Flag/${flag.id ?? ''}`);
    const statuses = [
      await actors.put('provider-khl', { ...seen, status: 'inactive' }),
      await actors.put('practice', { ...flag, status: 'inactive' }),
      await actors.put('practice', { ...flag, status: 'active' }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([403, 200, 200]);
  });

  it('stays with the person and the referral that it was made about', async () => {
    const [first, second] = [await actors.refer('staying-steady'), await actors.refer('staying-steady')];
    const encounter = await actors.create('provider-khl', visitOf(first));
    const moved = [
      { ...encounter, subject: { reference: `Patient/${second.patient}` } },
      { ...encounter, basedOn: [{ reference: `ServiceRequest/${second.request}` }] },
      { ...encounter, status: 'finished' as const },
    ];
    const statuses = [];
    for (const body of moved) statuses.push((await actors.put('provider-khl', body)).status);
    expect(statuses).toEqual([422, 422, 200]);
  });

  it('hangs on what is about the same person only', async () => {
    const [mine, others] = [await actors.refer('staying-steady'), await actors.refer('staying-steady')];
    const note: Communication = {
      resourceType: 'Communication',
      status: 'completed',
      subject: { reference: `Patient/${mine.patient}` },
      basedOn: [{ reference: `ServiceRequest/${others.request}` }],
    };
    expect((await actors.post('practice', note)).status).toBe(422);
  });

  it('names nothing that its writer may not see', async () => {
    const hidden = await actors.create<Condition>('integrator', {
      resourceType: 'Condition',
      subject: { display: 'Somebody' },
    });
    const reference = `Condition/${hidden.id ?? ''}`;
    const referral = await actors.refer('staying-steady');
    const answers = [
      await actors.post('practice', {
        resourceType: 'ServiceRequest',
        status: 'active',
        intent: 'order',
        subject: { reference: `Patient/${referral.patient}` },
        performer: [{ reference: 'HealthcareService/staying-steady' }],
        reasonReference: [{ reference }],
      }),
      await actors.post('provider-khl', { ...visitOf(referral), reasonReference: [{ reference }] }),
      await actors.post('provider-khl', {
        resourceType: 'Appointment',
        status: 'proposed',
        basedOn: [{ reference: `ServiceRequest/${referral.request}` }],
        reasonReference: [{ reference }],
        participant: [{ actor: { reference: `Patient/${referral.patient}` }, status: 'accepted' }],
      }),
    ];
    expect(answers.map(({ status, text }) => [status, text.includes('names nothing that you may see')])).toEqual([
      [422, true],
      [422, true],
      [422, true],
    ]);
  });

  async function condition(patient: string): Promise<string> {
    const made = await actors.create<Condition>('practice', {
      resourceType: 'Condition',
      subject: { reference: `Patient/${patient}` },
    });
    return `Condition/${made.id ?? ''}`;
  }
});

/** Seen by whoever sees the referral: an extension names it. */
function hangingOn({ patient, request }: Referral): Flag {
  return {
    resourceType: 'Flag',
    status: 'active',
    code: { text: 'Invented' },
    subject: { reference: `Patient/${patient}` },
    extension: [
      {
        url: 'https://practice.example/StructureDefinition/of',
        valueReference: { reference: `ServiceRequest/${request}` },
      },
    ],
  };
}

function visitOf({ patient, request }: Referral): Encounter {
  return {
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
    subject: { reference: `Patient/${patient}` },
    basedOn: [{ reference: `ServiceRequest/${request}` }],
  };
}
