import { randomUUID } from 'node:crypto';
import type {
  Bundle,
  FhirResource,
  Observation,
  OperationOutcome,
  Patient,
  Provenance,
  QuestionnaireResponse,
  Task,
} from 'fhir/r4';
import { KeptRecords, type Sent } from './kept-records.js';
import { idIn, messageFor, messageOf, sendMessage, takeMessage } from './messages.js';
import { mskHq, responseOf } from './outcome-actors.js';
import { eventually } from './eventually.js';
import { startWorld, type World } from './world.js';

describe('a referral message', () => {
  let world: World;
  let records: KeptRecords;

  beforeAll(async () => {
    world = await startWorld();
    records = new KeptRecords(world);
  });

  afterAll(async () => {
    await world.stop();
  });

  /** A Provenance of the service, read by those who read what it speaks of. */
  async function isSaidBehind({ id = '' }: Partial<FhirResource> = {}, targets: number): Promise<void> {
    const query = `Provenance?target=QuestionnaireResponse/${id}`;
    const said = (await records.search('practice', query)) as Provenance[];
    expect(said).toMatchObject([{ agent: [{ who: { identifier: { value: 'questionnaire' } }, onBehalfOf: {} }] }]);
    expect(said[0]?.target).toHaveLength(targets);
    const beside = await records.search('practice', `QuestionnaireResponse?_id=${id}&_revinclude=Provenance:target`);
    expect(beside.map(({ resourceType }) => resourceType)).toEqual(['QuestionnaireResponse', 'Provenance']);
    expect(await records.search('integrator', query)).toEqual([]);
  }

  describe('about a person', () => {
    it('finds no record that another organisation laid out under its name', async () => {
      const bait: Patient = {
        resourceType: 'Patient',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000026' }],
        name: [{ family: 'Fictitious' }],
        birthDate: '1958-04-01',
        managingOrganization: { reference: 'Organization/worth-valley-practice' },
      };
      const post = { method: 'POST', path: '/fhir/Patient', body: bait } as const;
      const laid = await world.send<Patient>('integrator', post);
      const refused = await world.send('provider-khl', post);
      const change = { ...laid.body, managingOrganization: { reference: 'Organization/worth-valley-practice' } };
      const path = `/fhir/Patient/${laid.body.id ?? ''}`;
      const changed = await world.send('integrator', { method: 'PUT', path, body: change });
      expect([laid.status, laid.body.managingOrganization?.reference, refused.status, changed.status]).toEqual([
        201,
        'Organization/modality-airedale',
        403,
        422,
      ]);
      const sent = await sendMessage(world, messageOf('9990000026'));
      const own = await records.read<Patient>('practice', `Patient/${idIn(sent, 'Patient')}`);
      expect([sent.status, own.id === laid.body.id, own.managingOrganization?.reference]).toEqual([
        200,
        false,
        'Organization/worth-valley-practice',
      ]);
      const seen = await world.send('provider-khl', { path });
      expect(seen.status).toBe(404);
    });

    it('whose number was sent for somebody else makes another record, and says so', async () => {
      const first = await sendMessage(world, messageOf('9990000034'));
      const other = await sendMessage(world, messageOf('9990000034', { birthDate: '1985-04-01' }));
      const same = await sendMessage(world, messageOf('9990000034', { name: [{ family: 'FICTITIOUS' }] }));
      const ids = [first, other, same].map((answer) => idIn(answer, 'Patient'));
      expect([ids[0] === ids[1], ids[0] === ids[2]]).toEqual([false, true]);
      expect([first, other, same].map(remarksOn)).toEqual([[], ['Patient.identifier'], []]);
      const again = await sendMessage(world, messageOf('9990000034', { birthDate: '1985-04-01' }));
      expect([idIn(again, 'Patient'), remarksOn(again)]).toEqual([ids[1], []]);
    });

    it('is taken with nine others that come first at the same moment: one record, ten referrals', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => sendMessage(world, messageOf('9990000042'))));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
      expect(new Set(answers.map((answer) => idIn(answer, 'Patient'))).size).toBe(1);
      expect(new Set(answers.map((answer) => idIn(answer, 'ServiceRequest'))).size).toBe(10);
      expect(await records.total('Patient?identifier=9990000042')).toBe(1);
      expect(await records.total(`ServiceRequest?subject=Patient/${idIn(answers[0] as Sent, 'Patient')}`)).toBe(10);
    });

    it('who is known is taken with nine others at the same moment', async () => {
      const first = await sendMessage(world, messageOf('9990000050'));
      const answers = await Promise.all(Array.from({ length: 10 }, () => sendMessage(world, messageOf('9990000050'))));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
      expect(new Set(answers.map((answer) => idIn(answer, 'Patient')))).toEqual(new Set([idIn(first, 'Patient')]));
    });

    it('of whom many tell something new at once is taken, or to be sent again: never refused as a duplicate', async () => {
      const first = await sendMessage(world, messageOf('9990000093'));
      const subject = `ServiceRequest?subject=Patient/${idIn(first, 'Patient')}`;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          sendMessage(
            world,
            messageOf('9990000093', { telecom: [{ system: 'phone', value: `0000 000 00${String(at)}` }] }),
          ),
        ),
      );
      const taken = answers.filter(({ status }) => status === 200);
      const later = answers.filter(({ status }) => status === 503);
      expect([taken.length > 0, taken.length + later.length, await records.total(subject)]).toEqual([
        true,
        20,
        taken.length + 1,
      ]);
      expect(later.filter(({ headers }) => headers.get('retry-after') === null)).toEqual([]);
    });

    it('whose number was corrected since is a new person under it', async () => {
      const first = await sendMessage(world, messageOf('9990000069'));
      const record = await records.read<Patient>('practice', `Patient/${idIn(first, 'Patient')}`);
      const identifier = [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000077' }];
      const path = `/fhir/Patient/${record.id ?? ''}`;
      const corrected = await world.send('practice', { method: 'PUT', path, body: { ...record, identifier } });
      const second = await sendMessage(world, messageOf('9990000069'));
      expect([corrected.status, second.status, idIn(second, 'Patient') === record.id]).toEqual([200, 200, false]);
    });
  });

  describe('that came before', () => {
    it('is a duplicate under another X-Request-Id too', async () => {
      const message = messageFor();
      const before = await records.total('ServiceRequest');
      const [first, second] = [await sendMessage(world, message), await sendMessage(world, message)];
      expect([first.status, second.status, (await records.total('ServiceRequest')) - before]).toEqual([200, 409, 1]);
      expect((second.body as FhirResource as OperationOutcome).issue).toMatchObject([
        { code: 'duplicate', expression: ['Bundle.id'], details: { coding: [{ code: 'REC_CONFLICT' }] } },
      ]);
    });

    it('is a duplicate also at the same moment', async () => {
      const message = messageOf('9990000085');
      const answers = await Promise.all(Array.from({ length: 8 }, () => sendMessage(world, message)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
      const codes = answers.filter(({ status }) => status === 409).map(({ text }) => text.includes('"duplicate"'));
      expect(codes).toEqual(Array.from({ length: 7 }, () => true));
    });
  });

  describe('that speaks of records that it does not bring', () => {
    it('points to none of ours, and loses nothing that it said', async () => {
      const victim = await takeMessage(world, messageFor());
      const [patient, plan, encounter] = ['Patient', 'CarePlan', 'Encounter'].map(
        (type) => `${type}/${idIn(victim, type)}`,
      ) as [string, string, string];
      const identifier = { system: 'https://practice.example/Id/plan', value: '7' };
      const sent = await takeMessage(
        world,
        messageFor(({ request, add, patientUrl }) => {
          request.basedOn = [{ reference: plan, identifier }];
          request.supportingInfo = [{ reference: patient, type: 'Patient', display: 'somebody' }];
          request.performer = [{ reference: 'HealthcareService/staying-steady' }];
          add({ resourceType: 'Flag', status: 'active', code: { text: 'theirs' }, subject: { reference: patient } });
          add({
            resourceType: 'Flag',
            status: 'active',
            code: { text: 'ours' },
            subject: { reference: patientUrl },
            encounter: { reference: `HTTP://else.example/${encounter}` },
          });
        }),
      );
      const request = await records.read<FhirResource>('practice', `ServiceRequest/${idIn(sent, 'ServiceRequest')}`);
      expect(request).toMatchObject({
        basedOn: [{ identifier }],
        supportingInfo: [
          { type: 'Patient', display: 'somebody', identifier: { ...senderReference, value: patient } },
          ...['CarePlan', 'Consent'].map((type) => ({ reference: `${type}/${idIn(sent, type)}` })),
          { reference: expect.stringMatching(/^Flag\//) as string },
        ],
        performer: [{ reference: 'HealthcareService/staying-steady' }],
      });
      expect(
        [request].map((one) => JSON.stringify(one)).filter((text) => text.includes('"reference":"Patient/')),
      ).toEqual([expect.stringContaining(`"subject":{"reference":"Patient/${idIn(sent, 'Patient')}"}`)]);
      const flags = await records.search('practice', `Flag?patient=${idIn(sent, 'Patient')}`);
      expect(flags).toMatchObject([
        { code: { text: 'ours' }, encounter: { identifier: { value: `HTTP://else.example/${encounter}` } } },
      ]);
      expect(await records.search('practice', `Flag?patient=${idIn(victim, 'Patient')}`)).toEqual([]);
      expect(await records.messageOf(sent)).toContain('theirs');
    });

    it('stores what a referral may bring, and keeps the rest in the message', async () => {
      const count = async () => [
        await records.total('Appointment'),
        await records.total('Task'),
        await records.total('Patient'),
      ];
      const before = await count();
      const sent = await takeMessage(
        world,
        messageFor(({ add, patientUrl, requestUrl }) => {
          const participant = [{ actor: { reference: patientUrl }, status: 'accepted' as const }];
          add({ resourceType: 'Appointment', status: 'proposed', description: 'their appointment', participant });
          const task = { resourceType: 'Task', status: 'completed', intent: 'order' } as const;
          add({ ...task, description: 'another task' });
          add({
            ...task,
            description: 'their own task',
            focus: { reference: requestUrl },
            partOf: [{ reference: 'Task/of-somebody' }],
            output: [{ type: { text: 'output' }, valueString: 'x' }],
          });
        }),
      );
      expect((await count()).map((now, at) => now - (before[at] ?? 0))).toEqual([0, 2, 1]);
      const tasks = await records.search('practice', `Task?focus=ServiceRequest/${idIn(sent, 'ServiceRequest')}`);
      const parent = tasks.find((one) => (one as Task).partOf === undefined);
      expect(parent).toMatchObject({ status: 'requested', description: 'their own task' });
      expect(parent).not.toHaveProperty('output');
      const kept = await records.messageOf(sent);
      expect(['their appointment', 'another task'].filter((text) => !kept.includes(text))).toEqual([]);
    });
  });

  describe('that brings answers and observations', () => {
    it('has them judged and scored as over HTTP, and those that break the rules kept in the message only', async () => {
      const url = 'https://practice.example/Questionnaire/own';
      const sent = await takeMessage(
        world,
        messageFor(({ add, patientUrl }) => {
          const subject = { reference: patientUrl };
          const { basedOn, ...good } = answers(2);
          expect(basedOn).toHaveLength(1);
          const goodUrl = add({ ...good, subject, basedOn: [{ reference: 'ServiceRequest/of-somebody' }] });
          add({ ...good, subject, item: [{ linkId: 'no-such-item', answer: [{ valueInteger: 999 }] }] });
          add({ ...good, subject, questionnaire: `${url}|1` });
          add({ ...good, subject: { reference: 'Patient/of-somebody' } });
          add({ resourceType: 'Questionnaire', url, version: '1', status: 'active' });
          add({ resourceType: 'Questionnaire', ...shadowOf() });
          const observation = { resourceType: 'Observation', status: 'final', subject } as const;
          const total = mskHq().scoring.totals[0];
          add({ ...observation, code: { text: 'weight' }, basedOn: [{ reference: 'ServiceRequest/of-somebody' }] });
          add({
            ...observation,
            code: { coding: total ? [total.code] : [] },
            valueInteger: 56,
            derivedFrom: [{ reference: goodUrl }],
          });
          add({ ...observation, code: { text: 'of somebody' }, subject: { reference: 'Patient/of-somebody' } });
        }),
      );
      const request = `ServiceRequest/${idIn(sent, 'ServiceRequest')}`;
      const find = () => records.search('practice', `QuestionnaireResponse?based-on=${request}`);
      const kept = (await eventually(find, (some) => some.length > 0)) as QuestionnaireResponse[];
      const found = kept.filter(({ questionnaire }) => questionnaire !== `${url}|1`);
      const place = { basedOn: [{ reference: request }], subject: { reference: `Patient/${idIn(sent, 'Patient')}` } };
      expect([found, kept.length]).toMatchObject([[{ ...place, status: 'completed' }], 2]);
      expect(found[0]?.questionnaire).toBe(`${mskHq().questionnaire.url ?? ''}|${mskHq().questionnaire.version ?? ''}`);
      const observations = (await records.search(
        'practice',
        `Observation?based-on=${request}&_count=100`,
      )) as Observation[];
      const [derived, own] = [true, false].map((wanted) =>
        observations.filter(({ derivedFrom }) => (derivedFrom !== undefined) === wanted),
      );
      expect(own).toMatchObject([{ ...place, code: { text: 'weight' } }]);
      expect(new Set(derived?.map(({ derivedFrom }) => derivedFrom?.[0]?.reference))).toEqual(
        new Set([`QuestionnaireResponse/${found[0]?.id ?? ''}`]),
      );
      expect(derived?.length).toBe(mskHq().scoring.items.length + mskHq().scoring.totals.length);
      await isSaidBehind(found[0], 2 + observations.length);
      expect(await records.rowsWith('questionnaire.questionnaire', url)).toBe(0);
      expect(await records.questionnaireEvents(found[0]?.id ?? '')).toEqual(['questionnaire-completed.v1']);
    });
  });
});

const senderReference = { system: 'https://ginnel.org.uk/fhir/Id/sender-reference' };

function answers(level: number): QuestionnaireResponse {
  const referral = { request: randomUUID(), patient: randomUUID() };
  return responseOf(referral, { at: 'baseline', authored: '2026-03-02T09:00:00Z', level });
}

/** A questionnaire that says to be the programme's. */
function shadowOf() {
  const { url = '', version = '' } = mskHq().questionnaire;
  return { url, version, status: 'active' as const, title: 'a shadow' };
}

function remarksOn(answer: { body: Bundle }): string[] {
  const outcomes = (answer.body.entry ?? []).map(({ resource }) => resource as FhirResource | undefined);
  const issues = outcomes.flatMap((one) => (one?.resourceType === 'OperationOutcome' ? one.issue : []));
  return issues.flatMap(({ expression = [] }) => expression).filter((path) => path.startsWith('Patient.identifier'));
}
