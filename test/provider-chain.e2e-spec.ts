import type { Bundle, Condition, Encounter, Patient, Resource, ServiceRequest, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { responseOf } from './outcome-actors.js';
import { type As, type Referral, ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const first: As = 'provider-khl';
const second: As = 'provider-project6';

describe('a referral that goes on to another provider', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  const decline = async (part: string, as: As = first) => {
    const statusReason = {
      coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '42' }],
    };
    const answer = await actors.move(as, part, { status: 'rejected', statusReason });
    if (answer.status !== 200) throw new Error(answer.text);
  };

  const versionsSeen = async (as: As, path: string) => {
    const { body, status } = await world.send<Bundle>(as, { path: `/fhir/${path}/_history` });
    return status === 200 ? (body.entry ?? []).map(({ resource }) => resource?.meta?.versionId) : status;
  };

  const change = async <R extends Patient | ServiceRequest | Condition>(path: string, more: Partial<R>) => {
    const resource = await actors.read<R>('practice', path);
    const answer = await actors.put('practice', { ...resource, ...more });
    if (answer.status !== 200) throw new Error(answer.text);
  };

  const conditionOf = (patient: string): Promise<Condition> =>
    actors.create<Condition>('practice', {
      resourceType: 'Condition',
      subject: { reference: `Patient/${patient}` },
      code: { text: 'lonely' },
    });

  const sentOn = async (): Promise<Referral & { condition: string; next: string }> => {
    const patient = await actors.person();
    const { id: condition = '' } = await conditionOf(patient);
    const referral = await actors.refer('staying-steady', patient, {
      reasonReference: [{ reference: `Condition/${condition}` }],
    });
    await decline(referral.part);
    const next = await actors.ask(referral, 'games-cafe');
    if (next.status !== 201) throw new Error(next.text);
    return { ...referral, condition, next: next.body.id ?? '' };
  };

  it('leaves the first one what it wrote and could see, and nothing after', async () => {
    const { patient, request, parent, part, condition, next } = await sentOn();
    const shared = [`Task/${parent}`, `ServiceRequest/${request}`, `Patient/${patient}`, `Condition/${condition}`];
    const seen = await Promise.all(shared.map((path) => versionsSeen(first, path)));
    await change<Patient>(`Patient/${patient}`, { gender: 'other' });
    await change<ServiceRequest>(`ServiceRequest/${request}`, { patientInstruction: 'Invented' });
    await change<Condition>(`Condition/${condition}`, { code: { text: 'less lonely' } });
    const after = await Promise.all(shared.map((path) => versionsSeen(first, path)));
    expect(after).toEqual(seen);
    expect(seen.every((versions) => Array.isArray(versions) && versions.length > 0)).toBe(true);
    const statuses = await Promise.all(shared.map((path) => actors.statusOf(first, path)));
    expect(statuses).toEqual([404, 404, 404, 404]);
    // An old version is read as it was; the newest is not there for it.
    expect(await actors.statusOf(first, `Patient/${patient}/_history/2`)).toBe(200);
    expect(await actors.statusOf(second, `Patient/${patient}`)).toBe(200);
    expect([await actors.statusOf(first, `Task/${part}`), await actors.statusOf(first, `Task/${next}`)]).toEqual([
      200, 404,
    ]);
    const secondSees = await Promise.all(shared.map((path) => actors.statusOf(second, path)));
    expect(secondSees).toEqual([200, 200, 200, 200]);
  });

  it('is the same by search, include, $everything and the history of a type', async () => {
    const { patient, request, parent, part, condition } = await sentOn();
    const found = await actors.search<Task>(
      first,
      `Task?_id=${part},${parent}&_include=Task:focus&_include=Task:patient`,
    );
    expect(found.map(({ id }) => id)).toEqual([part]);
    expect(await actors.search(first, `ServiceRequest?_id=${request}`)).toEqual([]);
    expect(await actors.search(first, `Condition?_id=${condition}`)).toEqual([]);
    expect(await actors.search(first, `Task?_id=${part}&focus:ServiceRequest._id=${request}`)).toEqual([]);
    expect(await actors.statusOf(first, `Patient/${patient}/$everything`)).toBe(404);
    const history = await actors.read<Bundle>(first, `Patient/_history?_count=100`);
    const versions = (history.entry ?? []).filter(({ resource }) => resource?.id === patient);
    // The first was before it was referred to anybody, the third is what the second provider sees.
    expect(versions.map(({ resource }) => resource?.meta?.versionId)).toEqual(['2']);
    expect(await versionsSeen('practice', `Patient/${patient}`)).toEqual(['3', '2', '1']);
  });

  it('hides what the next one writes, and what is written again of what hung on the referral', async () => {
    const { patient, request, next } = await sentOn();
    await actors.move(second, next, { status: 'accepted' });
    const contact = await actors.create<Encounter>(second, {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
      subject: { reference: `Patient/${patient}` },
      basedOn: [{ reference: `ServiceRequest/${request}` }],
    });
    expect(await actors.statusOf(first, `Encounter/${contact.id ?? ''}`)).toBe(404);
    expect(await versionsSeen(first, `Encounter/${contact.id ?? ''}`)).toBe(404);
  });

  it('shows the first one its own answers, and none of what the other services make of the rest', async () => {
    const referral = await actors.refer('staying-steady');
    const answer = (as: As, at: 'baseline' | 'after') =>
      actors.post(as, responseOf(referral, { at, authored: '2026-11-01' }));
    const own = await answer(first, 'baseline');
    expect(own.status).toBe(201);
    await decline(referral.part);
    const next = await actors.ask(referral, 'games-cafe');
    const part = next.body.id ?? '';
    await actors.start(second, part);
    const later = await eventually(
      () => answer(second, 'after'),
      ({ status }) => status === 201,
    );
    const tooLate = await eventually(
      () => answer(first, 'after'),
      ({ status }) => status !== 201,
    );
    expect(tooLate.status).toBe(422);
    expect((await actors.complete(second, part)).status).toBe(200);
    const person = `patient=Patient/${referral.patient}`;
    const ids = async (as: As, query: string) => (await actors.search<Resource>(as, query)).map(({ id }) => id);
    await eventually(
      () => ids('practice', `DocumentReference?${person}`),
      (summaries) => summaries.length === 1,
    );
    expect(await ids(first, `Task?${person}`)).toEqual([referral.part]);
    const answers = await ids(first, `QuestionnaireResponse?${person}`);
    expect([answers.includes(own.body.id), answers.includes(later.body.id)]).toEqual([true, false]);
    expect(await ids(first, `Observation?derived-from=QuestionnaireResponse/${later.body.id ?? ''}`)).toEqual([]);
    expect(await ids(second, `Observation?derived-from=QuestionnaireResponse/${later.body.id ?? ''}`)).not.toEqual([]);
    const made = ['DocumentReference', 'Composition'].map((type) => ids(first, `${type}?${person}`));
    expect(await Promise.all([...made, ids(first, `Provenance?target=ServiceRequest/${referral.request}`)])).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('leaves the person to a provider that knows it by another referral', async () => {
    const patient = await actors.person();
    const kept = await actors.refer('chair-yoga', patient);
    const referral = await actors.refer('staying-steady', patient);
    await decline(referral.part);
    expect((await actors.ask(referral, 'games-cafe')).status).toBe(201);
    expect(await actors.statusOf(first, `Patient/${patient}`)).toBe(200);
    expect(await actors.statusOf(first, `ServiceRequest/${kept.request}`)).toBe(200);
    expect(await actors.statusOf(first, `ServiceRequest/${referral.request}`)).toBe(404);
  });

  it('goes on without one of two that were asked together when that one says no', async () => {
    const referral = await actors.refer('staying-steady');
    const other = await actors.ask(referral, 'games-cafe');
    expect(await actors.statusOf(first, `ServiceRequest/${referral.request}`)).toBe(200);
    await decline(referral.part);
    expect(await actors.statusOf(first, `ServiceRequest/${referral.request}`)).toBe(404);
    expect(await actors.statusOf(second, `ServiceRequest/${referral.request}`)).toBe(200);
    expect((await actors.move(second, other.body.id ?? '', { status: 'accepted' })).status).toBe(200);
    // The next turn takes nothing away again.
    const versions = await versionsSeen('practice', `ServiceRequest/${referral.request}`);
    await actors.move(second, other.body.id ?? '', { status: 'in-progress', executionPeriod: { start: '2026-11-01' } });
    expect(await versionsSeen('practice', `ServiceRequest/${referral.request}`)).toEqual(versions);
    await eventually(
      () => actors.statusOf(first, `Task/${referral.part}`),
      (status) => status === 200,
    );
  });
});
