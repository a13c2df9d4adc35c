import type { Bundle, Consent, Encounter, FhirResource, Patient, Subscription, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { type As, ReferralActors, requestFor } from './referral-actors.js';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.js';
import { startWorld, type World } from './world.js';

const practice = 'Organization/worth-valley-practice';
const provider = 'Organization/keighley-healthy-living';

describe('a Consent that withholds', () => {
  let world: World;
  let receiver: WebhookReceiver;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
    receiver = await startReceiver();
  });

  afterAll(async () => {
    await world.stop();
    await receiver.stop();
  });

  const optOut = (patient: string, more: Partial<Consent> = {}): Consent => ({
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: `Patient/${patient}` },
    organization: [{ reference: practice }],
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: { type: 'deny', actor: [{ role: { text: 'recipient' }, reference: { reference: provider } }] },
    ...more,
  });

  const bodies = () => receiver.received.map(({ body }) => body);

  const becomes = (as: As, path: string, status: number) =>
    eventually(
      () => actors.statusOf(as, path),
      (answered) => answered === status,
    );

  /** By every way: how many entries, or the status where it is refused. */
  const seenBy = async (as: As, { patient, request, part }: { patient: string; request: string; part: string }) => {
    const paths = [
      `Task?patient=Patient/${patient}`,
      `Task?patient=Patient/${patient}&_summary=count`,
      `Task/${part}/_history`,
      `Patient/${patient}/$everything`,
      `ServiceRequest?_id=${request}&_include=ServiceRequest:subject&_revinclude=Task:focus`,
      `Task?focus:ServiceRequest.subject=Patient/${patient}`,
      `QuestionnaireResponse?subject=Patient/${patient}`,
    ];
    const answers = await Promise.all(paths.map((path) => world.send<Bundle>(as, { path: `/fhir/${path}` })));
    return answers.map(({ status, body }) => (status === 200 ? (body.entry?.length ?? body.total ?? 0) : status));
  };

  it('takes the records from that organisation alone, everywhere, and gives them back when it is withdrawn', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const contact = await actors.create<Encounter>('provider-khl', {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
      subject: { reference: `Patient/${referral.patient}` },
      basedOn: [{ reference: `ServiceRequest/${referral.request}` }],
    });
    await eventually(
      () => actors.search<Task>('practice', `Task?based-on=ServiceRequest/${referral.request}`),
      // Two questionnaires at two time points.
      (tasks) => tasks.length === 4,
    );
    const [before, practiceBefore] = [await seenBy('provider-khl', referral), await seenBy('practice', referral)];
    const consent = await actors.create<Consent>('practice', optOut(referral.patient));
    await becomes('provider-khl', `Task/${referral.part}`, 404);
    const paths = [
      ...[`Patient/${referral.patient}`, `ServiceRequest/${referral.request}`, `Task/${referral.parent}`],
      ...[`Encounter/${contact.id ?? ''}`, `Task/${referral.part}/_history/1`, `Consent/${consent.id ?? ''}`],
    ];
    const statuses = await Promise.all(paths.map((path) => actors.statusOf('provider-khl', path)));
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404]);
    expect(await seenBy('provider-khl', referral)).toEqual([0, 0, 404, 404, 0, 0, 0]);
    // The practice sees what it saw, and the Consent beside it.
    const practiceAfter = await seenBy('practice', referral);
    expect(practiceAfter.filter((_, at) => at !== 3)).toEqual(practiceBefore.filter((_, at) => at !== 3));
    expect(await actors.search('practice', `Consent?patient=Patient/${referral.patient}&status=active`)).toHaveLength(
      1,
    );
    const withdrawn = await actors.put('practice', { ...consent, status: 'inactive' });
    expect(withdrawn.status).toBe(200);
    await becomes('provider-khl', `Task/${referral.part}`, 200);
    await eventually(
      () => seenBy('provider-khl', referral),
      (now) => JSON.stringify(now) === JSON.stringify(before),
    );
  });

  it('holds for what is written afterwards, and nothing can be written by the one from whom it withholds', async () => {
    const referral = await actors.refer('staying-steady');
    const task = await actors.read<Task>('provider-khl', `Task/${referral.part}`);
    const consent = await actors.create<Consent>('practice', optOut(referral.patient));
    // Where Consents are kept it holds from its answer on, and ends so.
    expect(await actors.statusOf('provider-khl', `Task/${referral.part}`)).toBe(404);
    const withdrawn = await actors.put<Consent>('practice', { ...consent, status: 'inactive' });
    expect(await actors.statusOf('provider-khl', `Task/${referral.part}`)).toBe(200);
    expect((await actors.put('practice', { ...withdrawn.body, status: 'active' })).status).toBe(200);
    expect(await actors.statusOf('provider-khl', `Task/${referral.part}`)).toBe(404);
    const patient = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
    expect((await actors.put('practice', { ...patient, gender: 'other' })).status).toBe(200);
    expect(await actors.statusOf('provider-khl', `Patient/${referral.patient}`)).toBe(404);
    const contact: Encounter = {
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'VR' },
      subject: { reference: `Patient/${referral.patient}` },
      basedOn: [{ reference: `ServiceRequest/${referral.request}` }],
    };
    const absent = { ...contact, basedOn: [{ reference: 'ServiceRequest/nowhere' }] };
    const [hidden, missing] = [await actors.post('provider-khl', contact), await actors.post('provider-khl', absent)];
    expect([hidden.status, hidden.text]).toEqual([missing.status, missing.text]);
    const moved = await actors.put('provider-khl', { ...task, status: 'accepted' });
    expect([400, 404, 405, 409, 422]).toContain(moved.status);
    expect((await actors.read<Task>('practice', `Task/${referral.part}`)).status).toBe('requested');
  });

  it('takes also what names no Patient and hangs on the referral, and who made what of it', async () => {
    const { patient, part, request } = await actors.refer('staying-steady');
    await actors.start('provider-khl', part);
    const sr = { reference: `ServiceRequest/${request}` };
    const made: FhirResource[] = [
      { resourceType: 'Binary', contentType: 'text/plain', data: 'aGVsbG8=', securityContext: sr },
      {
        resourceType: 'DocumentReference',
        status: 'current',
        content: [{ attachment: { title: 'Letter' } }],
        context: { related: [sr] },
      },
      {
        resourceType: 'Appointment',
        status: 'proposed',
        basedOn: [sr],
        participant: [{ status: 'accepted', type: [{ text: 'group' }] }],
      },
    ];
    const places: string[] = [];
    for (const resource of made) {
      const { id = '' } = await actors.create<FhirResource>('provider-khl', resource);
      places.push(`${resource.resourceType}/${id}`);
    }
    const [task] = await eventually(
      () => actors.search<Task>('provider-khl', `Task?based-on=ServiceRequest/${request}`),
      (tasks) => tasks.length > 0,
    );
    const [provenance] = await actors.search<FhirResource>('provider-khl', `Provenance?target=Task/${task?.id ?? ''}`);
    places.push(`Provenance/${provenance?.id ?? ''}`);
    const statuses = () => Promise.all(places.map((place) => actors.statusOf('provider-khl', place)));
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    const consent = await actors.create<Consent>('practice', optOut(patient));
    for (const place of places) await becomes('provider-khl', place, 404);
    await actors.put('practice', { ...consent, status: 'inactive' });
    for (const place of places) await becomes('provider-khl', place, 200);
  });

  it('keeps a referral from being sent to an organisation that would not see it', async () => {
    const patient = await actors.person();
    await actors.create('practice', optOut(patient));
    const refused = await actors.post('practice', requestFor(`Patient/${patient}`, 'staying-steady'));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("A Consent withholds this person's records from the provider");
  });

  it('withholds from all but those who keep the records where it names nobody', async () => {
    const referral = await actors.refer('staying-steady');
    const opting = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTOUT' }] };
    const { provision, ...nobody } = optOut(referral.patient, { policyRule: opting });
    expect(provision).toBeDefined();
    const consent = await actors.create<Consent>('practice', nobody);
    await becomes('provider-khl', `Task/${referral.part}`, 404);
    expect(await actors.statusOf('practice', `Task/${referral.part}`)).toBe(200);
    await world.send('practice', { method: 'DELETE', path: `/fhir/Consent/${consent.id ?? ''}` });
    await becomes('provider-khl', `Task/${referral.part}`, 200);
  });

  it('ends with its period', async () => {
    const referral = await actors.refer('staying-steady');
    const end = new Date(Date.now() + 4_000).toISOString();
    const { provision } = optOut('p');
    await actors.create('practice', optOut(referral.patient, { provision: { ...provision, period: { end } } }));
    await becomes('provider-khl', `Task/${referral.part}`, 404);
    await becomes('provider-khl', `Task/${referral.part}`, 200);
  });

  it('is said by the organisation whose Patient record it names, of what can be withheld, and not against itself', async () => {
    const { patient } = await actors.refer('staying-steady');
    const byActor = (reference: string) => ({
      type: 'deny' as const,
      actor: [{ role: { text: 'recipient' }, reference: { reference } }],
    });
    const answers = [
      await actors.post('provider-khl', optOut(patient, { provision: byActor(practice) })),
      await actors.post('practice', optOut(patient, { provision: byActor(practice) })),
      await actors.post(
        'practice',
        optOut(patient, {
          provision: { ...byActor(provider), class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Task' }] },
        }),
      ),
      await actors.post('practice', optOut(patient, { provision: byActor('Practitioner/anybody') })),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 422, 422, 422]);
    expect(answers[2]?.text).toContain(
      "All of a person's records are withheld, or none: leave Consent.provision.class out.",
    );
  });

  it('ends what a Subscription would be told', async () => {
    await actors.create<Subscription>('provider-khl', {
      resourceType: 'Subscription',
      status: 'requested',
      reason: 'Our worklist',
      criteria: 'Task?',
      channel: { type: 'rest-hook', endpoint: receiver.url(), payload: 'application/fhir+json' },
    });
    const referral = await actors.refer('staying-steady');
    const told = () =>
      bodies().filter((body) => body.includes(`Task/${referral.parent}`) || body.includes(referral.part));
    await eventually(
      () => Promise.resolve(told()),
      (known) => known.length > 0,
    );
    await actors.create('practice', optOut(referral.patient));
    await becomes('provider-khl', `Task/${referral.part}`, 404);
    const before = told().length;
    const asked = await actors.ask(referral, 'games-cafe');
    expect(asked.status).toBe(201);
    // Another person's referral comes through after it: what was to be told of this one would have been.
    const other = await actors.refer('staying-steady');
    await eventually(
      () => Promise.resolve(bodies()),
      (known) => known.some((body) => body.includes(other.part)),
    );
    expect(told()).toHaveLength(before);
  });
});
