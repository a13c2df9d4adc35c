import type {
  Bundle,
  Communication,
  Composition,
  DocumentReference,
  FhirResource,
  Goal,
  Parameters,
  Patient,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { eventually } from './eventually.js';
import { Actors, placeOf } from './outcome-actors.js';
import { extensionOf, outputOf, SummaryReaders, wordsOf } from './outcome-world.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';

let world: World;
const actors = new Actors(() => world);
const readers = new SummaryReaders(() => world, actors);

const restricted = { code: 'R', system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality' };
const scopes = ['system/*.cruds', 'https://ginnel.org.uk/fhir/scope/restricted'];
const clients = [
  { client: 'gp', role: 'practice', organisation: 'worth-valley-practice', token: 'gp-restricted', scopes },
  { client: 'khl', role: 'provider', organisation: 'keighley-healthy-living', token: 'khl-restricted', scopes },
] as const;

beforeAll(async () => {
  world = await startWorld({ clients });
});

afterAll(async () => {
  await world.stop();
});

async function completed() {
  const referral = await actors.refer();
  await actors.start(referral);
  await actors.complete(referral);
  return { referral, summary: await readers.current(referral) };
}

async function answer(referral: Awaited<ReturnType<typeof completed>>['referral']): Promise<void> {
  await actors.answer(referral, { at: 'baseline', authored: '2021-03-05', level: 1 });
  await actors.answer(referral, { at: 'after', authored: '2021-07-20', level: 2 });
}

describe('the summary of a referral that goes on again', () => {
  it('stands as it was until the referral ends again, whatever answers come', async () => {
    const referral = await actors.refer();
    await actors.start(referral);
    const coding = [{ system: `${base}/CodeSystem/referral-business-status`, code: 'withdrawn-by-provider' }];
    const statusReason = { text: 'The worker left.' };
    const note = [{ authorString: 'Sam Invented', time: '2026-11-20T10:00:00Z', text: 'Nobody can take over.' }];
    await readers.move(referral, { status: 'cancelled', businessStatus: { coding }, statusReason, note });
    const summary = await readers.current(referral);
    const parameter = [{ name: 'note', valueString: 'She has a new telephone.' }];
    const body: Parameters = { resourceType: 'Parameters', parameter };
    const path = `/fhir/Task/${referral.part}/$reopen`;
    expect((await world.send('practice', { method: 'POST', path, body })).status).toBe(201);
    const going = await actors.read<Task>('practice', `Task/${referral.parent}`);
    expect(going.status).toBe('requested');
    await answer(referral);
    // Heard after them by the same handler.
    const other = await completed();
    await answer(other.referral);
    await readers.all(other.referral, 2);
    const all = await readers.all(referral, 1);
    expect(all.map(({ id, status: now }) => [id, now])).toEqual([[summary.id, 'current']]);
  });
});

describe('a contact that names nobody, or whom nobody here can tell', () => {
  it('stops no outcome letter of its referral', async () => {
    const referral = await actors.refer();
    const note = (change: Partial<Communication>): Communication => ({
      resourceType: 'Communication',
      status: 'completed',
      basedOn: [{ reference: `ServiceRequest/${referral.request}` }],
      payload: [{ contentString: 'She asks to be called in the afternoon.' }],
      ...change,
    });
    await actors.send('practice', 'POST', note({}));
    const elsewhere = { reference: `https://elsewhere.example/fhir/Patient/${referral.patient}` };
    await actors.send('practice', 'POST', note({ subject: elsewhere }));
    await actors.start(referral);
    await actors.complete(referral);
    expect((await readers.current(referral)).docStatus).toBe('final');
  });
});

describe('a part that was about the wrong person', () => {
  const parts = new ReferralActors(() => world);
  const coding = [{ system: `${base}/CodeSystem/referral-status-reason`, code: 'wrong-person' }];
  const wrong: Partial<Task> = { status: 'entered-in-error', statusReason: { coding } };

  /** Completed by one provider, and by another one as told; the letter tells of both. */
  const ofTwo = async (end: (part: string) => Promise<unknown>) => {
    const referral = await actors.refer();
    const { body: other } = await parts.ask(referral, 'games-cafe');
    await actors.start(referral);
    const output = [outputOf('need-met', { valueCode: 'fully' }), outputOf('outcome', { valueString: 'Swims again' })];
    await readers.move(referral, { status: 'completed', output });
    await end(other.id ?? '');
    const summary = await readers.current(referral);
    expect(wordsOf(await readers.composition(summary))).toContain('Swims again');
    return { referral, summary };
  };

  it('is told no more in the letter that takes the place of the first', async () => {
    const { referral, summary } = await ofTwo(async (part) => {
      await parts.start('provider-project6', part);
      expect((await parts.complete('provider-project6', part)).status).toBe(200);
    });
    expect((await parts.move('practice', referral.part, wrong)).status).toBe(200);
    const second = await readers.current(referral, 2);
    const words = wordsOf(await readers.composition(second));
    expect([words.includes('Swims again'), words.includes('Staying Steady')]).toEqual([false, false]);
    expect((await readers.read(summary)).status).toBe('superseded');
  });

  it('takes back the letter that told of it, where the referral goes on and none can take its place', async () => {
    const { referral, summary } = await ofTwo(async (part) => {
      const statusReason = {
        coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '40' }],
      };
      const rejected = await parts.move('provider-project6', part, { status: 'rejected', statusReason });
      expect(rejected.status).toBe(200);
    });
    expect((await parts.move('practice', referral.part, wrong)).status).toBe(200);
    await eventually(
      () => readers.read(summary),
      ({ status }) => status === 'entered-in-error',
    );
    expect((await readers.composition(summary)).status).toBe('entered-in-error');
  });

  it('leaves none of the letters of its referral as they were, where it was the only one', async () => {
    const { referral, summary } = await completed();
    await answer(referral);
    const second = await readers.current(referral, 2);
    expect((await parts.move('practice', referral.part, wrong)).status).toBe(200);
    const statuses = async () => {
      const both = [summary, second].map(async (one) => [await readers.read(one), await readers.composition(one)]);
      return (await Promise.all(both)).flat().map(({ status }) => status);
    };
    await eventually(statuses, (found) => found.every((status) => status === 'entered-in-error'));
  });
});

describe('a person whose record was mended after the letter', () => {
  it('is told anew with the right name and birth date, and not where nothing changed that the letter tells', async () => {
    const { referral, summary } = await completed();
    const mend = async (change: Partial<Patient>) => {
      const known = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
      await actors.send('practice', 'PUT', { ...known, ...change });
    };
    await mend({ address: [{ postalCode: 'BD21 1AA' }] });
    // Heard after the address, which would have made one before.
    await mend({ name: [{ family: 'Mended' }], birthDate: '1950-02-03' });
    const second = await readers.current(referral, 2);
    expect(second.docStatus).toBe('amended');
    expect(second.relatesTo?.[0]?.target.reference).toBe(placeOf(summary));
    const { entry = [] } = await readers.document(second);
    expect(entry.map(({ resource }) => resource).find((one) => one?.resourceType === 'Patient')).toMatchObject({
      name: [{ family: 'Mended' }],
      birthDate: '1950-02-03',
    });
    await mend({ birthDate: '1951-02-03' });
    await eventually(
      () => readers.read(second),
      ({ status }) => status === 'superseded',
    );
    expect(await readers.all(referral, 3)).toHaveLength(3);
  });

  it('has what matters to them told as it is, once it was said or taken back', async () => {
    const { referral } = await completed();
    const goal = await actors.send<Goal>('practice', 'POST', {
      resourceType: 'Goal',
      lifecycleStatus: 'active',
      description: { text: 'Walking to the shop again' },
      subject: { reference: `Patient/${referral.patient}` },
      addresses: [{ reference: `ServiceRequest/${referral.request}` }],
    });
    const second = await readers.current(referral, 2);
    expect(wordsOf(await readers.composition(second))).toContain('Walking to the shop again');
    await actors.send('practice', 'PUT', { ...goal, lifecycleStatus: 'entered-in-error' });
    const third = await readers.current(referral, 3);
    expect(wordsOf(await readers.composition(third))).not.toContain('Walking to the shop again');
  });
});

describe('what looks like a summary', () => {
  it('is not acknowledged, also where it says that somebody waits for that', async () => {
    const { referral, summary } = await completed();
    const forged: DocumentReference = {
      resourceType: 'DocumentReference',
      extension: [{ url: `${base}/StructureDefinition/acknowledgement`, valueCode: 'awaited' }],
      status: 'current',
      subject: { reference: `Patient/${referral.patient}` },
      content: summary.content,
      context: summary.context ?? {},
    };
    const brought = await actors.send('provider-khl', 'POST', forged);
    expect((await readers.acknowledge('practice', brought)).status).toBe(422);
    expect(extensionOf(await readers.read(summary), 'acknowledgement')).toEqual(['awaited']);
  });
});

describe('the summary of a labelled referral', () => {
  const send = <R = FhirResource>(token: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: FhirResource) =>
    world.send<R>(undefined, {
      method,
      path: `/fhir/${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body }),
    });

  /** Refers somebody under a label, and works on it to the end; gives the ServiceRequest. */
  const done = async (): Promise<string> => {
    const body: Patient = { resourceType: 'Patient', name: [{ family: 'Invented' }] };
    const patient = await actors.send('practice', 'POST', body);
    const request = await send<ServiceRequest>('gp-restricted', 'POST', 'ServiceRequest', {
      resourceType: 'ServiceRequest',
      meta: { security: [restricted] },
      status: 'active',
      intent: 'order',
      subject: { reference: placeOf(patient) },
      performer: [{ reference: 'HealthcareService/staying-steady' }],
    });
    const focus = placeOf(request.body);
    const tasks = await send<Bundle<Task>>('khl-restricted', 'GET', `Task?focus=${focus}&part-of:missing=false`);
    const part = placeOf(tasks.body.entry?.[0]?.resource);
    const changes: Partial<Task>[] = [
      { status: 'accepted' },
      { status: 'in-progress', executionPeriod: { start: '2021-03-10' } },
      { status: 'completed', output: [outputOf('need-met', { valueCode: 'fully' })] },
    ];
    for (const change of changes) {
      const { body: task } = await send<Task>('khl-restricted', 'GET', part);
      expect((await send('khl-restricted', 'PUT', part, { ...task, ...change })).status).toBe(200);
    }
    return focus;
  };

  const summaryOf = async (related: string): Promise<DocumentReference> => {
    const { body } = await eventually(
      () => send<Bundle<DocumentReference>>('gp-restricted', 'GET', `DocumentReference?related=${related}`),
      (answer) => (answer.body.entry ?? []).length > 0,
    );
    return body.entry?.[0]?.resource as DocumentReference;
  };

  it('bears its label wherever it goes, and is not there for who lacks the scope', async () => {
    const summary = await summaryOf(await done());
    const [document = '', page = ''] = summary.content.map(({ attachment }) => attachment.url ?? '');
    const composition = document.replace('Binary', 'Composition');
    const places = [placeOf(summary), composition, `${composition}/$document`, document, page];
    const statuses = async (token: string) =>
      Promise.all(places.map(async (place) => (await send(token, 'GET', place)).status));
    expect(await statuses('gp-restricted')).toEqual([200, 200, 200, 200, 200]);
    const plain = await Promise.all(places.map((path) => world.send('practice', { path: `/fhir/${path}` })));
    expect(plain.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect((await readers.acknowledge('practice', summary)).status).toBe(404);
    const bundle = (await send<Bundle<Composition>>('gp-restricted', 'GET', `${composition}/$document`)).body;
    expect(bundle.meta?.security).toEqual([restricted]);
    expect(bundle.entry?.[0]?.resource?.confidentiality).toBe('R');
  });
});
