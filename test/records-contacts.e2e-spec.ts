import type {
  Bundle,
  Communication,
  Consent,
  Encounter,
  Extension,
  Flag,
  OperationOutcome,
  Parameters,
  Practitioner,
  RelatedPerson,
  Task,
} from 'fhir/r4';
import type { Referral } from './referral-actors.js';
import { clock } from './task-turn-table.js';
import { extension, TurnActors, type Values } from './task-turns.js';
import { startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const khl = 'provider-khl';
const gravity = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
const prohibited = { coding: [{ system: gravity, code: 'contacting-subject-prohibited' }] };

describe('the contact log', () => {
  let world: World;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: () => clock });
  });

  afterAll(async () => {
    await world.stop();
  });

  const contact = (part: string, values: Values) =>
    actors.operate<Encounter | Communication | OperationOutcome>(khl, part, 'record-contact', { values });
  const at = (time: string) => ({ occurredAt: { valueDateTime: `2026-11-${time}Z` } });
  const code = (valueCode: string) => ({ valueCode });

  it('is one list, in order, each contact with who, how, how long, with whose help, in which language and its colour', async () => {
    const referral = await actors.refer('staying-steady');
    const { part, request } = referral;
    const [worker, daughter] = await peopleOf(referral);
    const made = [
      await contact(part, { channel: code('phone'), result: code('no-answer'), ...at('10T09:00:00') }),
      await contact(part, { channel: code('sms'), result: code('message-left'), ...at('11T09:00:00') }),
      await contact(part, {
        channel: code('visit'),
        readiness: code('red'),
        readinessReason: { valueString: 'Afraid to fall on the stairs.' },
        minutes: { valuePositiveInt: 40 },
        ...at('14T09:00:00'),
      }),
      await contact(part, {
        channel: code('phone'),
        readiness: code('yellow'),
        nextContact: { valueDate: '2026-11-24' },
        minutes: { valuePositiveInt: 25 },
        worker: { valueReference: { reference: worker } },
        helper: { valueReference: { reference: daughter, display: 'Daughter, translates' } },
        language: code('ur'),
        ...at('12T09:00:00'),
      }),
      await contact(part, { channel: code('phone'), result: code('refused'), ...at('15T09:00:00') }),
      await contact(part, { channel: code('video'), readiness: code('green'), ...at('16T09:00:00') }),
    ];
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
    const log = await logOf(khl, `Task/${part}`);
    expect(log.entries.map((one) => said('contact-language', one)?.valueCode)).toEqual([
      undefined,
      undefined,
      'ur',
      undefined,
      undefined,
      undefined,
    ]);
    expect(log.entries.map(colourOf)).toEqual([undefined, undefined, 'yellow', 'red', undefined, 'green']);
    const talk = log.entries[2] as Encounter;
    expect(talk.participant?.map(({ individual }) => individual?.reference)).toEqual([worker, daughter]);
    expect(log.counts).toEqual([
      ['contacts', 6],
      ['minutes', 65],
      ['timed', 2],
      ['result reached', 3],
      ['result refused', 1],
      ['result no-answer', 1],
      ['result message-left', 1],
      ['readiness red', 1],
      ['readiness yellow', 1],
      ['readiness green', 1],
      ['channel phone', 3],
      ['channel sms', 1],
      ['channel video', 1],
      ['channel visit', 1],
      ['language ur', 1],
      ['doNotContact', false],
    ]);
    const task = await actors.read<Task>('practice', `Task/${part}`);
    expect(colourOf(task)).toBe('green');
    expect((await logOf('practice', `ServiceRequest/${request}`)).entries).toHaveLength(6);
    const others = await world.send('provider-project6', { path: `/fhir/Task/${part}/$contact-log` });
    expect(others.status).toBe(404);
  });

  it('takes a leap second, and no day that lies further ahead than five years', async () => {
    const { part } = await actors.refer('staying-steady');
    const leap = await contact(part, { channel: code('phone'), result: code('no-answer'), ...at('10T23:59:60') });
    expect([leap.status, (leap.body as Encounter).period?.start]).toEqual([201, '2026-11-10T23:59:60Z']);
    await actors.done(khl, part, 'accept');
    const valueDate = '9999-12-31';
    const far = await contact(part, { channel: code('phone'), readiness: code('yellow'), nextContact: { valueDate } });
    const held = await actors.operate<Task | OperationOutcome>(khl, part, 'hold', {
      values: { reasonText: { valueString: 'Away.' }, until: { valueDate } },
    });
    const edited = await actors.move(khl, part, { extension: [extension('contact-due', { valueDate })] });
    expect([far.status, held.status, edited.status]).toEqual([422, 422, 422]);
    expect(diagnosticsOf(held.body)).toContain('contact-due is at most 5 years ahead: 2031-');
  });

  it('takes no yellow without a next date and no red without a reason, told or changed', async () => {
    const { part, patient, request } = await actors.refer('staying-steady');
    const yellow = await contact(part, { channel: code('phone'), readiness: code('yellow') });
    const red = await contact(part, { channel: code('phone'), readiness: code('red') });
    expect([yellow.status, red.status]).toEqual([422, 422]);
    expect([diagnosticsOf(yellow.body), diagnosticsOf(red.body)]).toEqual([
      expect.stringContaining('when the next one is'),
      expect.stringContaining('says why'),
    ]);
    const visit: Encounter = {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HH' },
      subject: { reference: `Patient/${patient}` },
      basedOn: [{ reference: `ServiceRequest/${request}` }],
      extension: [colour('green')],
    };
    const stored = await actors.create<Encounter>(khl, visit);
    expect((await actors.post(khl, { ...visit, extension: [colour('red')] })).status).toBe(422);
    expect((await actors.put(khl, { ...stored, extension: [colour('red')] })).status).toBe(422);
    const withReason = { ...stored, extension: [colour('red', 'She was hurt at home.')] };
    expect((await actors.put(khl, withReason)).status).toBe(200);
  });

  it('holds no contact with a person who may not be contacted, and says so', async () => {
    const referral = await actors.refer('staying-steady');
    const { part, patient, request } = referral;
    const call = { channel: code('phone'), result: code('no-answer') };
    expect((await contact(part, { ...call, ...at('10T09:00:00') })).status).toBe(201);
    // The practice alone sees this Flag: it holds for the provider, too.
    const flag = await actors.create<Flag>('practice', {
      resourceType: 'Flag',
      status: 'active',
      code: prohibited,
      subject: { reference: `Patient/${patient}` },
      period: { start: '2026-11-12' },
    });
    expect(await actors.statusOf(khl, `Flag/${flag.id ?? ''}`)).toBe(404);
    const refused = await contact(part, call);
    const letter = await contact(part, { channel: code('letter') });
    expect([refused.status, letter.status, diagnosticsOf(refused.body)]).toEqual([
      422,
      422,
      expect.stringContaining('may not be contacted'),
    ]);
    // What was before is recorded late; what the person says is kept.
    expect((await contact(part, { ...call, ...at('11T09:00:00') })).status).toBe(201);
    const own = await actors.post(khl, {
      resourceType: 'Communication',
      status: 'completed',
      subject: { reference: `Patient/${patient}` },
      sender: { reference: `Patient/${patient}` },
      basedOn: [{ reference: `ServiceRequest/${request}` }],
      payload: [{ contentString: 'Please ring again.' }],
    });
    expect(own.status).toBe(201);
    expect((await logOf(khl, `Task/${part}`)).counts.at(-1)).toEqual(['doNotContact', true]);
    expect((await actors.put('practice', { ...flag, status: 'inactive' })).status).toBe(200);
    expect((await contact(part, call)).status).toBe(201);
    expect((await logOf(khl, `Task/${part}`)).counts.at(-1)).toEqual(['doNotContact', false]);
  });

  it('holds none either where the referral itself says so', async () => {
    const { part } = await actors.refer('staying-steady', undefined, {
      code: { text: 'Classes' },
      orderDetail: [prohibited],
    });
    const answer = await contact(part, { channel: code('phone'), result: code('no-answer') });
    expect(answer.status).toBe(422);
  });

  it('shows what was sent to the family and by which consent, and nothing is sent where a Consent forbids it', async () => {
    const referral = await actors.refer('staying-steady');
    const [, daughter] = await peopleOf(referral);
    const consent = (type: 'permit' | 'deny'): Consent => ({
      resourceType: 'Consent',
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      patient: { reference: `Patient/${referral.patient}` },
      dateTime: '2026-11-20',
      policyRule: { text: 'Said on the telephone.' },
      provision: { type, actor: [{ role: { text: 'Daughter' }, reference: { reference: daughter } }] },
      extension: [
        {
          url: 'https://provider.example/StructureDefinition/of',
          valueReference: { reference: `ServiceRequest/${referral.request}` },
        },
      ],
    });
    const permit = await actors.create<Consent>(khl, consent('permit'));
    const letter: Communication = {
      resourceType: 'Communication',
      status: 'completed',
      category: [{ coding: [{ system: `${base}/CodeSystem/communication-category`, code: 'resource-given' }] }],
      subject: { reference: `Patient/${referral.patient}` },
      recipient: [{ reference: daughter }],
      basedOn: [{ reference: `ServiceRequest/${referral.request}` }],
      about: [{ reference: `Consent/${permit.id ?? ''}` }],
      medium: [{ coding: [{ system: `${base}/CodeSystem/contact-channel`, code: 'letter' }] }],
      sent: '2026-11-21T09:00:00Z',
      payload: [{ contentString: 'Leaflet: Staying steady at home, in Urdu.' }],
    };
    const sent = await actors.create<Communication>(khl, letter);
    expect(sent.about).toEqual(letter.about);
    await actors.create<Consent>('practice', consent('deny'));
    const refused = await actors.post<OperationOutcome>(khl, letter);
    expect([refused.status, refused.body.issue[0]?.expression]).toEqual([422, ['Communication.recipient']]);
    const given = `Communication?recipient=${daughter}&category=resource-given`;
    expect(await actors.search(khl, given)).toHaveLength(1);
  });

  async function peopleOf({ patient, request }: Referral): Promise<[string, string]> {
    const worker = await actors.create<Practitioner>(khl, { resourceType: 'Practitioner', active: true });
    const daughter = await actors.create<RelatedPerson>('practice', {
      resourceType: 'RelatedPerson',
      patient: { reference: `Patient/${patient}` },
      relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'DAUC' }] }],
      communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'ur' }] } }],
      extension: [
        {
          url: 'https://practice.example/StructureDefinition/of',
          valueReference: { reference: `ServiceRequest/${request}` },
        },
      ],
    });
    return [`Practitioner/${worker.id ?? ''}`, `RelatedPerson/${daughter.id ?? ''}`];
  }

  async function logOf(as: 'practice' | typeof khl, place: string) {
    const { parameter = [] } = await actors.read<Parameters>(as, `${place}/$contact-log`);
    const counts = parameter.flatMap(({ name, part, valueUnsignedInt, valueBoolean, resource }) => {
      if (resource !== undefined) return [];
      if (part === undefined) return [[name, valueUnsignedInt ?? valueBoolean]];
      return [[`${name} ${part[0]?.valueCode ?? ''}`, part[1]?.valueUnsignedInt]];
    });
    const bundle = parameter.find(({ name }) => name === 'log')?.resource as Bundle;
    return { counts, entries: (bundle.entry ?? []).map(({ resource }) => resource as Encounter | Communication) };
  }
});

function said(name: string, resource: { extension?: Extension[] | undefined }): Extension | undefined {
  return resource.extension?.find(({ url }) => url === `${base}/StructureDefinition/${name}`);
}

function colourOf(resource: { extension?: Extension[] | undefined }): string | undefined {
  return said('readiness', resource)?.valueCodeableConcept?.coding?.[0]?.code;
}

function colour(code: string, text?: string): Extension {
  const coding = [{ system: `${base}/CodeSystem/readiness`, code }];
  return extension('readiness', { valueCodeableConcept: { coding, ...(text === undefined ? {} : { text }) } });
}

function diagnosticsOf(body: object): string | undefined {
  return (body as OperationOutcome).issue[0]?.diagnostics;
}
