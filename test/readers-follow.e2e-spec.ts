import { randomUUID } from 'node:crypto';
import type { Binary, DocumentReference, FhirResource, Observation, QuestionnaireResponse, Task } from 'fhir/r4';
import { plainPdf } from '../libs/fhir-server/test/hostile-files.js';
import { eventually } from './eventually.js';
import { BarsWorld } from './bars-world.js';
import { answering } from './message-answers.js';
import { idIn, messageFor, takeMessage } from './messages.js';
import { placeOf, responseOf } from './outcome-actors.js';
import { type As, type Referral, requestFor } from './referral-actors.js';
import { Tables } from './tables.js';
import { business, output, TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

const aWeight: Observation = { resourceType: 'Observation', status: 'final', code: { text: 'a weight' } };
const answered = { at: 'baseline', authored: '2026-11-01' } as const;

/** Answers and documents are kept by other services than the referral: who sees them follows who sees it. */
describe('what hangs on a referral', () => {
  let world: World;
  const actors = new TurnActors(() => world);
  const tables = new Tables(() => world);
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is seen with the referral that names it, also where it was there before', async () => {
    const patient = await actors.person();
    const [letter, content] = await letterAbout(patient);
    expect(await seenBy('provider-khl', [letter, content])).toEqual([404, 404]);
    const supportingInfo = [{ reference: letter }];
    await actors.refer('staying-steady', patient, { supportingInfo });
    await eventuallySeen('provider-khl', [letter, content]);
    expect(await seenBy('provider-project6', [letter, content])).toEqual([404, 404]);
    const written = await actors.read<DocumentReference>('practice', letter);
    expect((await actors.put('practice', { ...written, description: 'Corrected.' })).status).toBe(200);
    await eventuallySeen('provider-khl', [letter]);
  });

  it('is not shown by a referral of somebody who may not see it, or of another person', async () => {
    const [patient, other] = [await actors.person(), await actors.person()];
    const [theirs] = await letter('provider-project6', {});
    const [ofOther] = await letterAbout(other);
    const [own] = await letterAbout(patient);
    const supportingInfo = [theirs, ofOther, own].map((reference) => ({ reference }));
    const request = { ...requestFor(`Patient/${patient}`, 'staying-steady'), supportingInfo };
    const sent = await actors.post('practice', request);
    if (sent.status === 201) await eventuallySeen('provider-khl', [own]);
    expect(await seenBy('provider-khl', [theirs, ofOther])).toEqual([404, 404]);
  });

  it('goes with it to the next provider: what was sent, and not what the provider before wrote', async () => {
    const referral = await actors.refer('staying-steady');
    const sent = await sentWith(referral);
    const notes = await letterOn(referral, 'provider-khl');
    const answers = await actors.create('provider-khl', responseOf(referral, { ...answered, at: 'after' }));
    await forward('provider-khl', referral.part, 'HealthcareService/games-cafe');
    await eventuallySeen('provider-project6', sent);
    expect(await seenBy('provider-project6', [...notes, placeOf(answers)])).toEqual([404, 404, 404]);
    expect(new Set(await seenBy('provider-khl', [...sent, ...notes]))).toEqual(new Set([200]));
  });

  it('is not shown by a correction to who came after it was written', async () => {
    const referral = await actors.refer('staying-steady');
    const answers = await actors.create<QuestionnaireResponse>('provider-khl', responseOf(referral, answered));
    const scores = await actors.search<Observation>('provider-khl', `Observation?derived-from=${placeOf(answers)}`);
    const [subject, basedOn] = [{ reference: `Patient/${referral.patient}` }, answers.basedOn ?? []];
    const weight = await actors.create<Observation>('provider-khl', { ...aWeight, subject, basedOn });
    expect((await actors.ask(referral, 'games-cafe')).status).toBe(201);
    await eventuallySeen('provider-project6', await sentWith(referral));
    const places = [answers, ...scores, weight].map(placeOf);
    for (const one of [answers, weight])
      expect((await actors.put('provider-khl', { ...one, status: 'amended' })).status).toBe(200);
    expect(new Set(await seenBy('provider-project6', places))).toEqual(new Set([404]));
    for (const as of ['practice', 'provider-khl'] as const)
      expect(new Set(await seenBy(as, places))).toEqual(new Set([200]));
  });

  it('is for one part alone where it names that', async () => {
    const referral = await actors.refer('staying-steady');
    const related = [`Task/${referral.part}`, `ServiceRequest/${referral.request}`].map((reference) => ({ reference }));
    const forOne = await letter('practice', { ...onReferral(referral), context: { related } });
    await actors.ask(referral, 'games-cafe');
    const forAll = await letterOn(referral, 'practice');
    await eventuallySeen('provider-project6', forAll);
    expect(await seenBy('provider-project6', forOne)).toEqual([404, 404]);
    expect(await seenBy('provider-khl', [...forOne, ...forAll])).toEqual([200, 200, 200, 200]);
  });

  it('goes with it where a message brought it, also where that is kept after the referral went on', async () => {
    const given = responseOf({ request: 'r', patient: 'p' }, answered);
    const message = messageFor(({ add, patientUrl, requestUrl }) => {
      add({ ...given, subject: { reference: patientUrl }, basedOn: [{ reference: requestUrl }] });
    });
    const request = await tables.on(async (client) => {
      await client.query('BEGIN; LOCK TABLE questionnaire.questionnaire_response IN SHARE MODE');
      const id = idIn(await takeMessage(world, message), 'ServiceRequest');
      const tasks = await actors.search<Task>('practice', `Task?focus=ServiceRequest/${id}`);
      const part = tasks.find(({ partOf }) => partOf !== undefined);
      expect(part?.owner?.reference).toBe('Organization/keighley-healthy-living');
      await forward('provider-khl', part?.id ?? '', 'HealthcareService/games-cafe');
      await tables.follows(`ServiceRequest/${id}`, 2);
      await client.query('COMMIT');
      return id;
    });
    const kept = await eventually(
      () => actors.search<FhirResource>('practice', `QuestionnaireResponse?based-on=ServiceRequest/${request}`),
      ({ length }) => length === 1,
    );
    await eventuallySeen('provider-project6', kept.map(placeOf));
  });

  it('goes with it without what the provider before said by message, which stays its own', async () => {
    const given = responseOf({ request: 'r', patient: 'p' }, answered);
    let about: Pick<QuestionnaireResponse, 'subject' | 'basedOn'> = {};
    const message = messageFor(({ add, patientUrl, requestUrl }) => {
      about = { subject: { reference: patientUrl }, basedOn: [{ reference: requestUrl }] };
      add({ ...given, ...about });
    });
    const id = idIn(await takeMessage(world, message), 'ServiceRequest');
    const sent = await kept(id, 2);
    const said = [aWeight, responseOf({ request: 'r', patient: 'p' }, { ...answered, at: 'after' })];
    const entry = said.map((one) => ({ fullUrl: `urn:uuid:${randomUUID()}`, resource: { ...one, ...about } }));
    const answer = answering(message);
    const taken = await bars.process('provider-khl', { ...answer, entry: [...(answer.entry ?? []), ...entry] });
    expect(taken.status).toBe(200);
    const own = (await kept(id, sent.length + 3)).filter((place) => !sent.includes(place));
    const seen = await actors.search<Observation>('provider-khl', `Observation?based-on=ServiceRequest/${id}`);
    const mine = seen.find(({ code }) => code.text === 'a weight');
    const corrections = await Promise.all(
      (['practice', 'provider-khl'] as const).map((as) =>
        actors.put(as, { ...mine, status: 'amended' } as Observation),
      ),
    );
    expect(corrections.map(({ status }) => status)).toEqual([403, 200]);
    await forward('provider-khl', (await bars.part(id)).id ?? '', 'HealthcareService/games-cafe');
    await eventuallySeen('provider-project6', sent);
    expect(new Set(await seenBy('provider-project6', own))).toEqual(new Set([404]));
    for (const as of ['practice', 'provider-khl'] as const)
      expect(new Set(await seenBy(as, own))).toEqual(new Set([200]));
  });

  it('is seen no more, in no version, by who was asked by mistake; but what that one wrote', async () => {
    const referral = await actors.refer('staying-steady');
    const second = await actors.ask(referral, 'games-cafe');
    const sent = await sentWith(referral);
    const notes = await letterOn(referral, 'provider-khl');
    const [letter = '', first = ''] = sent.slice(-2);
    // A document of its own about the practice's letter holds nothing back, nor does a letter that was corrected.
    await documentOf('provider-khl', first, onReferral(referral));
    const corrected = await contentOf('practice', onReferral(referral));
    const written = await actors.read<DocumentReference>('practice', letter);
    const content = [{ attachment: { contentType: 'application/pdf', url: corrected } }];
    expect((await actors.put('practice', { ...written, content })).status).toBe(200);
    sent.push(corrected);
    expect(new Set(await seenBy('provider-khl', sent))).toEqual(new Set([200]));
    const mistaken = await actors.move('practice', referral.part, { status: 'entered-in-error' });
    expect([second.status, mistaken.status]).toEqual([201, 200]);
    const versions = [...sent, ...sent.map((place) => `${place}/_history/1`)];
    await eventually(
      () => seenBy('provider-khl', versions),
      (statuses) => statuses.every((status) => status === 404),
    );
    for (const as of ['practice', 'provider-project6'] as const)
      expect(new Set(await seenBy(as, sent))).toEqual(new Set([200]));
    expect(await seenBy('provider-khl', notes)).toEqual([200, 200]);
  });

  it('is seen no more by who said no before it turns out that it is about the wrong person', async () => {
    const patient = await actors.person();
    const [letter, content] = await letterAbout(patient);
    const referral = await actors.refer('staying-steady', patient, { supportingInfo: [{ reference: letter }] });
    await eventuallySeen('provider-khl', [letter, content]);
    const sent = [letter, content, ...(await sentWith(referral))];
    await actors.done('provider-khl', referral.part, 'accept');
    await forward('provider-khl', referral.part, 'HealthcareService/games-cafe');
    expect(new Set(await seenBy('provider-khl', sent))).toEqual(new Set([200]));
    const reason = 'https://ginnel.org.uk/fhir/CodeSystem/referral-status-reason';
    const mistaken = await actors.move('practice', referral.part, {
      status: 'entered-in-error',
      statusReason: { coding: [{ system: reason, code: 'wrong-person' }] },
    });
    expect(mistaken.status).toBe(200);
    await eventually(
      () => seenBy('provider-khl', sent),
      (statuses) => statuses.every((status) => status === 404),
    );
  });

  it('stays with who knows the person by another referral that names it', async () => {
    const patient = await actors.person();
    const [letter, content] = await letterAbout(patient);
    const supportingInfo = [{ reference: letter }];
    const wrong = await actors.refer('staying-steady', patient, { supportingInfo });
    const right = await actors.refer('walks', patient, { supportingInfo });
    await eventuallySeen('provider-khl', [letter, content]);
    const answers = await actors.create('practice', responseOf(wrong, answered));
    const mistaken = await actors.move('practice', wrong.part, { status: 'entered-in-error' });
    expect(mistaken.status).toBe(200);
    await eventually(
      () => actors.statusOf('provider-khl', placeOf(answers)),
      (status) => status === 404,
    );
    expect(await seenBy('provider-khl', [letter, content, `ServiceRequest/${right.request}`])).toEqual([200, 200, 200]);
  });

  /** Places of the answers and Observations of a referral, so many of them. */
  async function kept(request: string, count: number): Promise<string[]> {
    const found = await eventually(
      async () => {
        const types = ['QuestionnaireResponse', 'Observation'];
        const queries = types.map((type) => `${type}?based-on=ServiceRequest/${request}`);
        return (await Promise.all(queries.map((query) => actors.search<FhirResource>('practice', query)))).flat();
      },
      ({ length }) => length >= count,
    );
    return found.map(placeOf);
  }

  const seenBy = (as: As, places: readonly string[]) => Promise.all(places.map((place) => actors.statusOf(as, place)));

  const eventuallySeen = (as: As, places: readonly string[]) =>
    eventually(
      () => seenBy(as, places),
      (statuses) => statuses.every((status) => status === 200),
    );

  /** Answers with their scores, and a letter with its content: places of all of it. */
  async function sentWith(referral: Referral): Promise<string[]> {
    const answers = await actors.create<QuestionnaireResponse>('practice', responseOf(referral, answered));
    const scores = await actors.search<Observation>('practice', `Observation?derived-from=${placeOf(answers)}`);
    expect(scores.length).toBeGreaterThan(0);
    return [placeOf(answers), ...scores.map(placeOf), ...(await letterOn(referral, 'practice'))];
  }

  function letterAbout(patient: string): Promise<[string, string]> {
    return letter('practice', { subject: { reference: `Patient/${patient}` } });
  }

  function letterOn(referral: Referral, as: As): Promise<[string, string]> {
    return letter(as, onReferral(referral));
  }

  /** Places of a DocumentReference and its Binary. */
  async function letter(as: As, about: Partial<DocumentReference>): Promise<[string, string]> {
    const content = await contentOf(as, about);
    return [await documentOf(as, content, about), content];
  }

  async function documentOf(as: As, url: string, about: Partial<DocumentReference>): Promise<string> {
    const content = [{ attachment: { contentType: 'application/pdf', url } }];
    return placeOf(
      await actors.create(as, { resourceType: 'DocumentReference', status: 'current', content, ...about }),
    );
  }

  async function contentOf(as: As, { context }: Partial<DocumentReference>): Promise<string> {
    const securityContext = context?.related?.[0];
    const data = plainPdf.toString('base64');
    const binary: Binary = { resourceType: 'Binary', contentType: 'application/pdf', data };
    return placeOf(await actors.create(as, { ...binary, ...(securityContext ? { securityContext } : {}) }));
  }

  async function forward(as: As, part: string, target: string): Promise<void> {
    const { status, text } = await actors.move(as, part, {
      status: 'cancelled',
      ...business('forwarded'),
      output: [output('successor', { valueReference: { reference: target } })],
      note: [{ text: 'She agreed.' }],
    });
    expect([status, status === 200 ? '' : text]).toEqual([200, '']);
  }
});

function onReferral({ patient, request }: Referral): Pick<DocumentReference, 'subject' | 'context'> {
  return {
    subject: { reference: `Patient/${patient}` },
    context: { related: [{ reference: `ServiceRequest/${request}` }] },
  };
}
