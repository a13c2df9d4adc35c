import { randomUUID } from 'node:crypto';
import type { Appointment, Bundle, Condition, Consent, FhirResource, Patient, ServiceRequest, Task } from 'fhir/r4';
import { booking, offered } from './bars-bookings.js';
import { anew, areExamplesHere, BarsWorld, changedExample, example, idIn, reason, refusal } from './bars-world.js';
import { eventually } from './eventually.js';
import { messageFor, messageOf, sendMessage, takeMessage } from './messages.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('a message that would harm', () => {
  let world: World;
  const bars = new BarsWorld(() => world);
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
    await bars.service('111111111', ['a1t1', 'a4t1', 'a5t1']);
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is taken once of those with one Bundle.id that come at once under other request ids', async () => {
    const message = messageFor();
    const answers = await Promise.all([1, 2, 3, 4].map(() => sendMessage(world, message)));
    expect(answers.map((one) => (one.status === 200 ? '200' : refusal(one).slice(0, 26))).sort()).toEqual([
      '200',
      ...Array.from({ length: 3 }, () => '409 REC_CONFLICT duplicate'),
    ]);
    const identifier = `https://ginnel.org.uk/fhir/Id/message|${message.id ?? ''}`;
    expect(await bars.search<Task>('practice', `Task?identifier=${identifier}`)).toHaveLength(1);
  });

  it('is another one where its Bundle.id was used for other content, and none where only its time is another', async () => {
    const message = messageOf('9990000050');
    const other = structuredClone(message);
    const wish = other.entry?.map(({ resource }) => resource).find((one) => one?.resourceType === 'ServiceRequest');
    Object.assign(wish ?? {}, { patientInstruction: 'Please bring a list of your medicines.' });
    const later = { ...message, timestamp: '2026-11-21T12:00:00Z' };
    const statuses = [];
    for (const sent of [message, other, later, other]) statuses.push((await sendMessage(world, sent)).status);
    expect(statuses).toEqual([200, 200, 409, 409]);
    const identifier = `https://ginnel.org.uk/fhir/Id/message|${message.id ?? ''}`;
    expect(await bars.search<Task>('practice', `Task?identifier=${identifier}`)).toHaveLength(2);
  });

  it('books no session of one person on the referral of another', async () => {
    const person = { name: [{ family: 'Elsewhere' }], birthDate: '1958-04-01' };
    const referred = await takeMessage(world, messageOf('9990000166', person));
    const request = idIn(referred, 'ServiceRequest');
    const { slot } = await offered(world, bars, '2000088018');
    const named = (number: string, birthDate: string) =>
      withRequest(booking({ service: '2000088018', slot, number, birthDate }), request);
    expect(refusal(await bars.process('practice', named('9990000131', '1970-01-01')))).toBe(
      '409 REC_CONFLICT conflict Bundle.entry[5].resource',
    );
    const own = await bars.process('practice', named('9990000166', '1958-04-01'));
    const appointment = await bars.read<Appointment>('practice', `Appointment/${idIn(own, 'Appointment')}`);
    expect([own.status, appointment.basedOn]).toEqual([200, [{ reference: `ServiceRequest/${request}` }]]);
  });

  it('books no session on a referral that another provider has', async () => {
    const { request } = await actors.refer('games-cafe');
    const { slot } = await offered(world, bars, '2000088019');
    const message = withRequest(booking({ service: '2000088019', slot, number: '9990000174' }), request);
    expect(refusal(await bars.process('practice', message))).toBe('409 REC_CONFLICT conflict Appointment.basedOn');
    expect(await bars.search<Appointment>('provider-khl', `Appointment?slot=Slot/${slot}`)).toEqual([]);
  });

  it('names somebody with a very long name in very many resources, and is refused before it grows', async () => {
    const message = messageOf('9990000182');
    const subject = message.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.fullUrl ?? '';
    const recorder = `urn:uuid:${randomUUID()}`;
    const condition: Condition = {
      resourceType: 'Condition',
      subject: { reference: subject },
      recorder: { reference: recorder },
    };
    const conditions = Array.from({ length: 400 }, () => ({
      fullUrl: `urn:uuid:${randomUUID()}`,
      resource: condition,
    }));
    const practitioner = { resourceType: 'Practitioner' as const, name: [{ text: 'A'.repeat(400_000) }] };
    const entry = [...(message.entry ?? []), { fullUrl: recorder, resource: practitioner }, ...conditions];
    expect(refusal(await sendMessage(world, { ...message, entry }))).toBe(
      '422 REC_UNPROCESSABLE_ENTITY too-costly Bundle.entry',
    );
  });

  if (!areExamplesHere) return;

  async function taken(name: string): Promise<{ message: Bundle; id: string }> {
    const message = anew(example(name));
    const answer = await bars.process('practice', message);
    if (answer.status !== 200) throw new Error(answer.text);
    return { message, id: idIn(answer, 'ServiceRequest') };
  }

  it('says something of another person, and neither changes, ends nor answers the referral', async () => {
    const { message, id } = await taken('ig_VALREQ01');
    const before = await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`);
    const responding = { response: { identifier: message.id ?? '', code: 'ok' as const } };
    const answers = [
      await bars.process(
        'practice',
        changedExample(anew(message), { header: reason('update'), request: { id }, patient: other }),
      ),
      await bars.process(
        'practice',
        changedExample(anew(example('ig_SERVREQ01')), { request: { id }, patient: other }),
      ),
      await bars.process(
        'provider-khl',
        changedExample(anew(example('ig_VALRESP01B')), { header: responding, patient: other }),
      ),
    ];
    expect(answers.map((one) => refusal(one).replace(/\[\d+\]/, '[]'))).toEqual(
      Array.from({ length: 3 }, () => '409 REC_CONFLICT conflict Bundle.entry[].resource'),
    );
    expect(await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`)).toEqual(before);
    expect((await bars.part(id)).status).toBe('requested');
  });

  it('of a person whose number was put right is of the same one', async () => {
    const { message, id } = await taken('ig_VALREQ01');
    const [nhsNumber] = other.identifier ?? [];
    const corrected = changedExample(anew(message), {
      header: reason('update'),
      request: { id },
      patient: { identifier: nhsNumber ? [nhsNumber] : [] },
    });
    expect((await bars.process('practice', corrected)).status).toBe(200);
  });

  it('changes a referral in part, and is refused whole: nothing of it is here afterwards', async () => {
    const { message, id } = await taken('ig_REFREQ03');
    const before = await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`);
    const conditions = (await bars.search<Condition>('practice', 'Condition?_count=200')).length;
    const update = (status: ServiceRequest['status']) =>
      bars.process('practice', changedExample(anew(message), { header: reason('update'), request: { id, status } }));
    const answers = [await update('active'), await update('on-hold'), await update('completed')];
    expect(answers.map((one) => refusal(one).replace(/\[\d+\]/, '[]'))).toEqual(
      Array.from({ length: 3 }, () => '400 REC_BAD_REQUEST invariant Bundle.entry[].resource.status'),
    );
    expect(await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`)).toEqual(before);
    expect((await bars.search<Condition>('practice', 'Condition?_count=200')).length).toBe(conditions);
  });

  it('cancels with a time before the referral was sent: SERVREQ01 of 2021 comes after REFREQ03 of 2023', async () => {
    const { id } = await taken('ig_REFREQ03');
    const cancellation = changedExample(anew(example('ig_SERVREQ01')), { request: { id } });
    expect(refusal(await bars.process('practice', cancellation))).toBe('409 REC_CONFLICT conflict Bundle.timestamp');
    const later = { ...anew(cancellation), timestamp: '2023-06-26T11:31:00+00:00' };
    expect((await bars.process('practice', later)).status).toBe(200);
  });

  it('withholds, in an update, and is not lost: the provider sees no more of the person', async () => {
    const { message, id } = await taken('ig_VALREQ01');
    const read = async (): Promise<number> =>
      (await world.send('provider-khl', { path: `/fhir/ServiceRequest/${id}` })).status;
    expect(await read()).toBe(200);
    const update = changedExample(anew(message), { header: reason('update'), request: { id } });
    const subject = update.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.fullUrl ?? '';
    const answer = await bars.process('practice', withResource(update, withholding(subject)));
    expect(answer.status).toBe(200);
    await eventually(read, (status) => status === 404);
  });

  it('says that a validation is done, and not whether a need was met', async () => {
    const { message, id } = await taken('ig_VALREQ01');
    const response = { identifier: message.id ?? '', code: 'ok' as const };
    const final = changedExample(anew(example('ig_VALRESP01B')), { header: { response } });
    expect((await bars.process('provider-khl', final)).status).toBe(200);
    const { status, output = [] } = await bars.part(id);
    expect([
      status,
      output.map(({ valueCode, _valueCode }) => [valueCode, _valueCode?.extension?.[0]?.valueCode]),
    ]).toEqual(['completed', [[undefined, 'unknown']]]);
  });
});

const other: Partial<Patient> = {
  identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9449307539' }],
  name: [{ family: 'Somebody-Else' }],
  birthDate: '1930-01-01',
};

function withResource(bundle: Bundle, resource: FhirResource): Bundle {
  return { ...bundle, entry: [...(bundle.entry ?? []), { fullUrl: `urn:uuid:${randomUUID()}`, resource }] };
}

function withRequest(message: Bundle, id: string): Bundle {
  const person = message.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.fullUrl ?? '';
  return withResource(message, {
    resourceType: 'ServiceRequest',
    id,
    status: 'active',
    intent: 'plan',
    subject: { reference: person },
  });
}

/** From the provider, as the practice says it. */
function withholding(patient: string): Consent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTOUT' }] }],
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTOUT' }] },
    patient: { reference: patient },
    organization: [{ reference: 'Organization/worth-valley-practice' }],
    provision: {
      type: 'deny',
      actor: [
        {
          role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'DELEGATEE' }] },
          reference: { reference: 'Organization/keighley-healthy-living' },
        },
      ],
    },
  };
}
