import { randomUUID } from 'node:crypto';
import type {
  Annotation,
  Bundle,
  CodeableConcept,
  FhirResource,
  Flag,
  MessageHeader,
  Observation,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { anew, BarsWorld, changedExample, dos, reason } from './bars-world.js';
import { eventually } from './eventually.js';
import { messageFor } from './messages.js';
import { startWorld, type World } from './world.js';

const safeguarding = [
  { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/flag-categories-bars', code: 'SG', display: 'Safeguarding' }] },
];

describe('what a message says once more', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  const conversation = { 'x-correlation-id': randomUUID() };

  async function taken(as: 'practice' | 'provider-khl', message: Bundle): Promise<Bundle> {
    const answer = await bars.process(as, message, conversation);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body;
  }

  const flagsOf = (patient: string) => bars.search<Flag>('practice', `Flag?patient=Patient/${patient}`);
  const weighed = async (request: string) => {
    const found = await bars.search<Observation>('practice', `Observation?based-on=ServiceRequest/${request}`);
    return found.map(({ code }) => code.text).sort();
  };

  it('by an answer is the record that it was, and what is new is one of its own', async () => {
    const message = messageFor(({ add, patientUrl }) => {
      withFacts(add, patientUrl);
    });
    const first = await taken('practice', message);
    const [request = '', patient = ''] = [...idsIn(first, 'ServiceRequest'), ...idsIn(first, 'Patient')];
    await eventually(
      () => weighed(request),
      (found) => found.length === 1,
    );
    const answer = answering(message);
    const patientUrl = urlOf(message, 'Patient');
    answer.entry?.push(
      { fullUrl: `urn:uuid:${randomUUID()}`, resource: flag('news', patientUrl) },
      { fullUrl: `urn:uuid:${randomUUID()}`, resource: observation('height', patientUrl) },
    );
    const answered = [await taken('provider-khl', answer), await taken('provider-khl', anew(answer))];
    const known = idsIn(first, 'Flag');
    const told = answered.map((one) => idsIn(one, 'Flag'));
    expect(told.map(([repeated]) => [repeated])).toEqual([known, known]);
    expect(told[0]).toEqual(told[1]);
    expect((await flagsOf(patient)).map(({ id }) => id).sort()).toEqual([...(told[0] ?? [])].sort());
    const weights = await eventually(
      () => weighed(request),
      (found) => found.includes('height'),
    );
    expect(weights).toEqual(['height', 'weight']);
  });

  it('of the assessment that it answers hangs on the one here, also where the answer says more of that', async () => {
    const message = messageFor();
    const [encounter, patientUrl] = [{ reference: urlOf(message, 'Encounter') }, urlOf(message, 'Patient')];
    const concern = { ...flag('a concern', patientUrl), encounter };
    message.entry?.push({ fullUrl: `urn:uuid:${randomUUID()}`, resource: concern });
    const first = await taken('practice', message);
    const answer = answering(message);
    const entry = (answer.entry ?? []).map((one) =>
      one.fullUrl === encounter.reference ? { ...one, resource: { ...one.resource, status: 'cancelled' } } : one,
    ) as typeof answer.entry;
    const answered = await taken('provider-khl', { ...answer, entry });
    const types = ['Encounter', 'Flag'];
    expect(types.map((type) => idsIn(answered, type)[0])).toEqual(types.map((type) => idsIn(first, type)[0]));
    expect((await flagsOf(idsIn(first, 'Patient')[0] ?? '')).length).toBe(1);
    const [here = ''] = idsIn(first, 'Encounter');
    expect(await bars.read<FhirResource>('practice', `Encounter/${here}`)).toMatchObject({ status: 'finished' });
  });

  it('by an update is the record that it was', async () => {
    const message = validation();
    const first = await taken('practice', message);
    const request = idsIn(first, 'ServiceRequest')[0] ?? '';
    const update = changedExample(
      { ...anew(message), timestamp: new Date(Date.now() + 1_000).toISOString() },
      { header: reason('update'), request: { id: request, priority: 'urgent' } },
    );
    const updated = await taken('practice', update);
    const records = ['CarePlan', 'Condition', 'Flag', 'Observation'];
    expect(records.map((type) => idsIn(updated, type))).toEqual(records.map((type) => idsIn(first, type)));
    expect(idsIn(updated, 'Encounter')[0]).toBe(idsIn(first, 'Encounter')[0]);
    const patient = idsIn(first, 'Patient')[0] ?? '';
    const found = await Promise.all(
      ['CarePlan', 'Condition', 'Flag', 'Encounter'].map((type) =>
        bars.search<FhirResource>('practice', `${type}?patient=Patient/${patient}`),
      ),
    );
    // Beside the sender's assessment is the Encounter that was promised.
    expect(found.map(({ length }) => length)).toEqual([1, 1, 1, 2]);
    const tasks = await bars.search<Task>('provider-khl', `Task?focus=ServiceRequest/${request}`);
    expect(tasks.map(({ priority }) => priority)).toEqual(['urgent', 'urgent']);
  });

  it('is not needed for an update: what the messages before brought and noted stays with the referral', async () => {
    const [early, later] = [{ text: 'Ring after noon.' }, { text: 'Ask for the daughter.' }];
    const first = await taken('practice', withNotes(validation(), early));
    const [request = ''] = idsIn(first, 'ServiceRequest');
    const records = ['Flag', 'Condition', 'CarePlan'].flatMap((type) =>
      idsIn(first, type).map((id) => `${type}/${id}`),
    );
    for (const at of [1_000, 2_000]) {
      const update = changedExample(
        { ...withNotes(validation(), later), timestamp: new Date(Date.now() + at).toISOString() },
        { header: reason('update'), request: { id: request, status: at === 1_000 ? 'on-hold' : 'active' } },
      );
      const entry = (update.entry ?? []).filter(({ resource }) => resource?.resourceType !== 'Flag');
      await taken('practice', { ...update, entry });
      const { note = [], ...now } = await bars.read<ServiceRequest>('provider-khl', `ServiceRequest/${request}`);
      const held = at === 1_000 ? ['The requester has put this on hold.'] : [];
      expect(note.map(({ text }) => text)).toEqual([early.text, later.text, ...held]);
      const named = JSON.stringify(now);
      expect(records.filter((place) => !named.includes(`"${place}"`))).toEqual([]);
    }
  });
});

function withNotes(message: Bundle, ...note: Annotation[]): Bundle {
  return changedExample(message, { request: { note } });
}

function withFacts(add: (resource: FhirResource) => string, patientUrl: string): void {
  add(flag('a concern', patientUrl));
  add(observation('weight', patientUrl));
}

function flag(text: string, patientUrl: string): Flag {
  const code: CodeableConcept = { text };
  return {
    resourceType: 'Flag',
    status: 'active',
    category: safeguarding,
    code,
    subject: { reference: patientUrl },
  };
}

function observation(text: string, patientUrl: string): Observation {
  return { resourceType: 'Observation', status: 'final', code: { text }, subject: { reference: patientUrl } };
}

/** A validation is what an update may change. */
function validation(): Bundle {
  const message = messageFor(({ request, add, patientUrl }) => {
    const coding = [
      { system: 'https://fhir.nhs.uk/CodeSystem/message-category-servicerequest', code: 'validation' },
      { system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case', code: 'vcse' },
    ];
    const occurrencePeriod = { start: '2026-11-23T09:00:00Z', end: '2026-11-23T09:20:00Z' };
    Object.assign(request, { category: [{ coding }], occurrencePeriod });
    withFacts(add, patientUrl);
    add({ resourceType: 'Location', name: 'a place' });
  });
  for (const { resource } of message.entry ?? []) {
    if (resource?.resourceType === 'Encounter') Object.assign(resource, { status: 'triaged' });
    if (resource?.resourceType === 'CarePlan') Object.assign(resource, { status: 'active' });
  }
  return message;
}

/** The content of a message, sent back by the provider with a Task that says how it goes. */
function answering(message: Bundle): Bundle {
  const header: Partial<MessageHeader> = {
    eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-events-bars', code: 'servicerequest-response' },
    response: { identifier: message.id ?? '', code: 'ok' },
    definition: 'https://ginnel.org.uk/fhir/MessageDefinition/referral-response-vcse',
    source: { endpoint: `${dos}|2000099999` },
  };
  const said: Task = { resourceType: 'Task', status: 'received', intent: 'order' };
  const answer = changedExample(anew(message), { header, request: { status: 'completed' } });
  return { ...answer, entry: [...(answer.entry ?? []), { fullUrl: `urn:uuid:${randomUUID()}`, resource: said }] };
}

function urlOf({ entry = [] }: Bundle, type: string): string {
  return entry.find(({ resource }) => resource?.resourceType === type)?.fullUrl ?? '';
}

function idsIn({ entry = [] }: Bundle, type: string): string[] {
  return entry.flatMap(({ resource }) => (resource?.resourceType === type ? (resource.id ?? []) : []));
}
