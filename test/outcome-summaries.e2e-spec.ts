import { createHash } from 'node:crypto';
import { jest } from '@jest/globals';
import type { Composition, DocumentReference, ServiceRequest } from 'fhir/r4';
import { createValidator } from '#fhir-validation';
import { Programmes } from '../apps/outcomes/src/use-cases/programmes.js';
import { eventually } from './eventually.js';
import { Actors, type OpenReferral, responseOf } from './outcome-actors.js';
import { extensionOf, outputOf, SetClock, SummaryReaders, wordsOf } from './outcome-world.js';
import { sandboxTokens, startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const hl7 = 'http://hl7.org/fhir/StructureDefinition';

let world: World;
const clock = new SetClock();
const actors = new Actors(() => world);
const readers = new SummaryReaders(() => world, actors);

beforeAll(async () => {
  world = await startWorld({ now: clock.now });
});

afterAll(async () => {
  await world.stop();
});

const met = outputOf('need-met', { valueCode: 'fully' });

describe('the page of an outcome summary', () => {
  it('lies beside the document, as PDF and as a resource, with its size and hash', async () => {
    const referral = await actors.refer();
    await actors.start(referral);
    await actors.complete(referral);
    const summary = await readers.current(referral);
    const { url = '', contentType, size, hash } = summary.content[1]?.attachment ?? {};
    expect(contentType).toBe('application/pdf');
    const { status, bytes, headers } = await pageOf('practice', url);
    expect([status, headers.get('content-type'), bytes.subarray(0, 5).toString()]).toEqual([
      200,
      'application/pdf',
      '%PDF-',
    ]);
    expect([size, hash]).toEqual([bytes.length, createHash('sha1').update(bytes).digest('base64')]);
    const binary = await actors.read('practice', url);
    expect(binary).toMatchObject({ resourceType: 'Binary', contentType, data: bytes.toString('base64') });
    expect((await pageOf('provider-project6', url)).status).toBe(404);
  });
});

describe('the document of an outcome summary', () => {
  it('is valid by its profile, at each end and milestone', async () => {
    const referral = await actors.refer();
    await readers.end(referral, 'cancelled', 'patient-declined');
    const document = await readers.document(await readers.current(referral));
    expect(document.meta?.profile).toEqual(['https://ginnel.org.uk/fhir/StructureDefinition/outcome-summary-document']);
    expect(
      createValidator()
        .validate(document)
        .filter(({ severity }) => severity === 'error'),
    ).toEqual([]);
  });

  it('tells the practice why a referral ended without being completed', async () => {
    const referral = await actors.refer();
    await readers.end(referral, 'cancelled', 'patient-declined');
    const composition = await readers.composition(await readers.current(referral));
    expect(wordsOf(composition)).toContain('Ended: the person did not want it');
    expect(wordsOf(composition)).toContain('SNOMED CT 871711000000103');
    expect(codesOf(composition)).toContain('patient-declined');
  });

  it('is for information, unless a named person marked an action; then it can be looked for', async () => {
    const plain = await actors.refer();
    await actors.start(plain);
    await actors.complete(plain);
    const asked = await actors.refer();
    await actors.start(asked);
    const action = { authorString: 'Sam Invented', time: '2026-11-20T10:00:00Z', text: 'Please review pain relief' };
    const nameless = { text: 'Nobody put a name to this' };
    const output = [
      met,
      outputOf('action-for-practice', { valueAnnotation: action }),
      outputOf('action-for-practice', { valueAnnotation: nameless }),
    ];
    await readers.move(asked, { status: 'completed', output });
    const [forInformation, forAction] = [await readers.current(plain), await readers.current(asked)];
    const found = await actors.search<DocumentReference>('practice', 'DocumentReference?category=FA');
    expect(found.map(({ id }) => id)).toEqual([forAction.id]);
    expect(wordsOf(await readers.composition(forInformation))).toContain('no action is asked for');
    const composition = await readers.composition(forAction);
    const sections = (title: string) =>
      wordsOf({ ...composition, section: composition.section?.filter((one) => one.title === title) ?? [] });
    expect(sections('For action or information')).toMatch(
      /Please review pain relief \(marked by Sam Invented, 20-Nov-2026\)/,
    );
    expect(sections('For action or information')).not.toContain('Nobody put a name');
    expect(sections('Still open')).toContain('Nobody put a name to this');
  });
});

describe('a later summary', () => {
  it('says that it corrects one to which a late outcome was added', async () => {
    const referral = await actors.refer();
    await actors.start(referral);
    await actors.complete(referral);
    const first = await readers.current(referral);
    const late = outputOf('outcome', { valueString: 'Walks to the shop again' });
    await readers.move(referral, { output: [outputOf('need-met', { valueCode: 'partly' }), late] });
    const second = await readers.current(referral, 2);
    expect([second.docStatus, second.relatesTo?.[0]?.code]).toEqual(['amended', 'replaces']);
    expect(second.relatesTo?.[0]?.target.reference).toBe(`DocumentReference/${first.id ?? ''}`);
    const words = wordsOf(await readers.composition(second));
    expect(words).toContain('This is a correction: it replaces the summary of');
    expect(words).toContain('Walks to the shop again');
  });

  it('takes the place of one of a milestone, which comes once and asks for no acknowledgement', async () => {
    const referral = await actors.refer();
    await readers.move(referral, { status: 'accepted' });
    const start = clock.now().toISOString().slice(0, 10);
    await readers.move(referral, { status: 'in-progress', executionPeriod: { start } });
    clock.forward(85);
    const milestone = await readers.current(referral);
    expect([milestone.docStatus, extensionOf(milestone, 'acknowledgement')]).toEqual(['preliminary', []]);
    const composition = await readers.composition(milestone);
    expect(wordsOf(composition)).toContain('12 weeks after the start. For information; no action is asked for.');
    expect(wordsOf(composition)).toContain('Still going on');
    await actors.complete(referral);
    const last = await readers.current(referral, 2);
    expect([last.docStatus, extensionOf(last, 'acknowledgement')]).toEqual(['final', ['awaited']]);
    expect(wordsOf(await readers.composition(last))).toMatch(/It replaces the summary of \d\d-/);
  });
});

describe('the summary of an end that was undone', () => {
  it('is replaced by one that says that the referral goes on; milestones and an end come again', async () => {
    const referral = await actors.refer();
    await readers.move(referral, { status: 'accepted' });
    const start = clock.now().toISOString().slice(0, 10);
    await readers.move(referral, { status: 'in-progress', executionPeriod: { start } });
    await actors.complete(referral);
    const told = await readers.current(referral);
    const undo = { method: 'POST', path: `/fhir/Task/${referral.part}/$undo` } as const;
    expect((await world.send('provider-khl', undo)).status).toBe(200);
    const goesOn = await currentAfter(told, referral);
    expect([goesOn.docStatus, extensionOf(goesOn, 'acknowledgement')]).toEqual(['preliminary', []]);
    const composition = await readers.composition(goesOn);
    expect(codesOf(composition)).toEqual(['30005', 'goes-on']);
    expect(wordsOf(composition)).toContain('The referral goes on: its end was undone. For information');
    expect((await readers.read(told)).status).toBe('superseded');
    clock.forward(85);
    const milestone = await currentAfter(goesOn, referral);
    expect(codesOf(await readers.composition(milestone))).toEqual(['30005', 'weeks']);
    await actors.complete(referral);
    const last = await currentAfter(milestone, referral);
    expect([last.docStatus, extensionOf(last, 'acknowledgement')]).toEqual(['final', ['awaited']]);
  });

  const currentAfter = (before: DocumentReference, referral: OpenReferral) =>
    eventually(
      () => readers.current(referral),
      ({ relatesTo = [] }) =>
        relatesTo.some(({ target }) => target.reference === `DocumentReference/${before.id ?? ''}`),
    );
});

describe('a summary with the first scores', () => {
  it('comes where a programme wants it, once, and later answers leave it as it is', async () => {
    const programmes = world.running.app.get(Programmes, { strict: false });
    jest.spyOn(programmes, 'milestonesOf').mockReturnValue([{ code: 'first-scores' }]);
    const referral = await actors.refer();
    await actors.start(referral);
    await actors.answer(referral, { at: 'baseline', authored: '2021-03-05', level: 1 });
    const after = await actors.answer(referral, { at: 'after', authored: '2021-07-20', level: 2 });
    const first = await readers.current(referral);
    expect([first.docStatus, first.context?.event?.[1]?.coding?.[0]?.code]).toEqual(['preliminary', 'first-scores']);
    await actors.answer(referral, { at: 'after', authored: '2021-07-22', level: 3 });
    // What stands in it is amended: it is corrected, and the later answers stand in it, too.
    const amended = { ...after, ...responseOf(referral, { at: 'after', authored: '2021-07-20', level: 4 }) };
    await actors.send('provider-khl', 'PUT', { ...amended, id: after.id ?? '', status: 'amended' });
    const all = await readers.all(referral, 2);
    expect(all.map(({ docStatus, status }) => [docStatus, status]).sort()).toEqual([
      ['preliminary', 'current'],
      ['preliminary', 'superseded'],
    ]);
    jest.restoreAllMocks();
  });
});

describe('a summary of a referral that was an error', () => {
  it('is marked as one for those who had it', async () => {
    const referral = await actors.refer();
    await actors.start(referral);
    await actors.complete(referral);
    const summary = await readers.current(referral);
    const request = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    const coding = [{ system: `${base}/CodeSystem/referral-status-reason`, code: 'wrong-person' }];
    const reason = { url: `${hl7}/request-statusReason`, valueCodeableConcept: { coding } };
    await actors.send('practice', 'PUT', { ...request, status: 'entered-in-error', extension: [reason] });
    await eventually(
      () => readers.read(summary),
      ({ status }) => status === 'entered-in-error',
    );
    const found = await actors.search<Composition>('practice', `Composition?subject=Patient/${referral.patient}`);
    expect(found.map(({ status }) => status)).toEqual(['entered-in-error']);
  });
});

function codesOf({ event = [] }: Composition): (string | undefined)[] {
  return event.flatMap(({ code = [] }) => code.flatMap(({ coding = [] }) => coding.map((one) => one.code)));
}

async function pageOf(as: 'practice' | 'provider-project6', place: string) {
  const token = sandboxTokens().get(as) ?? '';
  const headers = { authorization: `Bearer ${token}`, accept: 'application/pdf' };
  const answer = await fetch(`${world.url}/fhir/${place}`, { headers });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}
