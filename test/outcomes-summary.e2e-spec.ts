import { randomUUID } from 'node:crypto';
import type { Binary, Bundle, Composition, DocumentReference, FhirResource, QuestionnaireResponse } from 'fhir/r4';
import type { CloudEvent } from '#events';
import { createValidator } from '#fhir-validation';
import { Database } from '#postgres';
import { schemaOf, serviceUrl } from '#service';
import { OnReferralMoved } from '../apps/outcomes/src/events/on-referral-moved.js';
import { Actors, type OpenReferral, placeOf, type Referral, responseOf } from './outcome-actors.js';
import { eventually } from './eventually.js';
import { startWorld, type World } from './world.js';

let world: World;
const actors = new Actors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('the outcome summary', () => {
  it('is made once when a referral is completed, and says what was answered before and after', async () => {
    const referral = await actors.refer();
    await complete(referral);
    const [reference, ...others] = await summariesOf(referral, 1);
    expect(others).toEqual([]);
    const { request, patient } = referral;
    expect(reference).toMatchObject({
      status: 'current',
      type: { coding: [{ code: 'outcome-summary' }] },
      subject: { reference: `Patient/${patient}` },
      author: [{ reference: 'Organization/keighley-healthy-living' }],
      custodian: { reference: 'Organization/keighley-healthy-living' },
      context: { related: [{ reference: `ServiceRequest/${request}` }, { reference: `Task/${referral.parent}` }] },
    });
    const { document, text, composition } = await documentOf(reference);
    const binary = await actors.read<Binary>('practice', reference?.content[0]?.attachment.url ?? '');
    expect(Buffer.from(binary.data ?? '', 'base64').toString()).toBe(text);
    expect(reference?.content[0]?.attachment).toMatchObject({
      contentType: 'application/fhir+json',
      size: Buffer.byteLength(text),
    });
    expect(wordsOf(document)).toMatch(/MSK-HQ total.*14 \(05-Mar-2021\).*28 \(20-Jul-2021\).*\+14 \(better\)/);
    expect(wordsOf(document)).toContain('Staying Steady');
    const { validate } = createValidator();
    const made: FhirResource[] = [document, binary, composition, ...(reference ? [reference] : [])];
    expect(made.flatMap((resource) => validate(resource).filter(({ severity }) => severity !== 'warning'))).toEqual([]);
  });

  it('is seen by the two sides of the referral and by nobody else', async () => {
    const referral = await actors.refer();
    await complete(referral);
    const [reference] = await summariesOf(referral, 1);
    const { composition } = await documentOf(reference);
    const places = [`Composition/${composition.id ?? ''}`, `Binary/${composition.id ?? ''}`, placeOf(reference)];
    const paths = [...places, `Composition/${composition.id ?? ''}/$document`].map((place) => `/fhir/${place}`);
    const seen = async (as: Parameters<World['send']>[0]) =>
      Promise.all(paths.map((path) => world.send(as, { path }).then(({ status }) => status)));
    expect(await seen('provider-khl')).toEqual([200, 200, 200, 200]);
    expect(await seen('provider-project6')).toEqual([404, 404, 404, 404]);
    expect(await seen('integrator')).toEqual([404, 404, 404, 404]);
    expect(await seen('analyst')).toEqual([403, 403, 403, 403]);
  });

  it('is one also where the event is delivered again, by the broker and beyond what the inbox remembers', async () => {
    const referral = await actors.refer();
    await complete(referral);
    const before = await summariesOf(referral, 1);
    const { broker } = world.running.platform;
    const subject = broker.subject(`ginnel.referral.Task.referral-progressed.${referral.parent}`);
    const stream = await broker.management.streams.find(subject);
    const message = await broker.management.streams.getMessage(stream, { last_by_subj: subject });
    const { seq } = await broker.jetStream.publish(subject, message?.data ?? '', { msgID: randomUUID() });
    await passed('outcomes-makes-summaries', { stream, seq });
    await heardAgain(JSON.parse(new TextDecoder().decode(message?.data)) as CloudEvent);
    expect(await summariesOf(referral, 1)).toEqual(before);
    expect(await compositionsOf(referral)).toHaveLength(1);
  });

  it('is replaced when answers are amended, once, and the first one says so', async () => {
    const referral = await actors.refer();
    const after = await complete(referral);
    const [first] = await summariesOf(referral, 1);
    const amended = { ...after, ...responseOf(referral, { at: 'after', authored: '2021-07-21', level: 3 }) };
    await actors.send('provider-khl', 'PUT', { ...amended, id: after.id ?? '', status: 'amended' });
    const summaries = await summariesOf(referral, 2);
    const current = summaries.find(({ status }) => status === 'current');
    const old = summaries.find(({ status }) => status === 'superseded');
    expect([old?.id, current?.relatesTo]).toEqual([
      first?.id,
      [{ code: 'replaces', target: { reference: placeOf(first) } }],
    ]);
    const { document, composition } = await documentOf(current);
    expect(wordsOf(document)).toContain('42 (21-Jul-2021)');
    expect(composition.relatesTo).toEqual([{ code: 'replaces', targetIdentifier: first?.masterIdentifier }]);
  });

  it('is replaced when answers come after it, and stays when they say nothing that stands in it', async () => {
    const referral = await actors.refer();
    await actors.start(referral);
    await actors.answer(referral, { at: 'baseline', authored: '2021-03-05', level: 1 });
    await actors.complete(referral, 'Waiting for a place in the walking group');
    const [first] = await summariesOf(referral, 1);
    const before = wordsOf((await documentOf(first)).document);
    expect(before).toMatch(/14 \(05-Mar-2021\) +missing/);
    expect(before).toContain('Waiting for a place in the walking group');
    const earlier = await actors.answer(referral, { at: 'after', authored: '2021-06-01', level: 3 });
    const [, ...more] = await summariesOf(referral, 2);
    expect([more.length, earlier.status]).toEqual([1, 'completed']);
    // A second baseline is not the one that is compared, so nothing of the letter changes.
    const second = await actors.answer(referral, { at: 'baseline', authored: '2021-04-01', level: 2 });
    await heard('outcomes-corrects-summaries', second);
    expect(await summariesOf(referral, 2)).toHaveLength(2);
  });
});

/** Accepted, started, answered before and after, completed; gives the response after. */
async function complete(referral: OpenReferral): Promise<QuestionnaireResponse> {
  await actors.start(referral);
  await actors.answer(referral, { at: 'baseline', authored: '2021-03-05', level: 1 });
  const after = await actors.answer(referral, { at: 'after', authored: '2021-07-20', level: 2 });
  await actors.complete(referral);
  return after;
}

function summariesOf({ request }: Referral, count: number): Promise<DocumentReference[]> {
  const isReady = (found: readonly DocumentReference[]) => found.length >= count;
  return eventually(() => actors.search('practice', `DocumentReference?related=ServiceRequest/${request}`), isReady);
}

function compositionsOf({ patient }: Referral): Promise<Composition[]> {
  return actors.search('practice', `Composition?subject=Patient/${patient}`);
}

async function documentOf(reference: DocumentReference | undefined) {
  const id = reference?.content[0]?.attachment.url?.replace('Binary/', '') ?? '';
  const {
    text,
    body: document,
    headers,
  } = await world.send<Bundle>('practice', {
    path: `/fhir/Composition/${id}/$document`,
  });
  expect(headers.get('content-type')).toMatch(/^application\/fhir\+json/);
  return { text, document, composition: await actors.read<Composition>('practice', `Composition/${id}`) };
}

function wordsOf(document: Bundle): string {
  const [composition] = (document.entry ?? []).map(({ resource }) => resource as Composition);
  return (composition?.section ?? []).map(({ text }) => text?.div.replace(/<[^>]+>/g, ' ') ?? '').join(' ');
}

/** Waits until a consumer has dealt with the event of answers. */
async function heard(consumer: string, response: QuestionnaireResponse): Promise<void> {
  const { broker } = world.running.platform;
  const subject = broker.subject(`ginnel.questionnaire.QuestionnaireResponse.*.${response.id ?? ''}`);
  const stream = await broker.management.streams.find(subject);
  const message = await eventually(
    () => broker.management.streams.getMessage(stream, { last_by_subj: subject }),
    (found) => found !== null,
  );
  await passed(consumer, { stream, seq: message?.seq ?? 0 });
}

async function passed(consumer: string, { stream, seq }: { stream: string; seq: number }): Promise<void> {
  const { consumers } = world.running.platform.broker.management;
  await eventually(
    () => consumers.info(stream, consumer),
    ({ ack_floor }) => ack_floor.stream_seq >= seq,
  );
}

/** As if everything that was done with the event had been forgotten. */
async function heardAgain(event: CloudEvent): Promise<void> {
  const url = serviceUrl(world.databaseUrl, 'outcomes');
  const database = new Database({ url, schema: schemaOf('outcomes'), applicationName: 'test' });
  try {
    const handler = world.running.app.get(OnReferralMoved, { strict: false });
    await database.transaction(['*'], (tx) => handler.handle(event, tx));
  } finally {
    await database.close();
  }
}
