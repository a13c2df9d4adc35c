import type { Bundle, FhirResource, HealthcareService, Patient, ServiceRequest, Task } from 'fhir/r4';
import pg from 'pg';
import { activityWith, takenAt } from './directory-actors.js';
import { eventually } from './eventually.js';
import { requestFor } from './referral-actors.js';
import { type Replicas, startReplicas } from './replicas.js';

const heldPlace = 'https://ginnel.org.uk/fhir/StructureDefinition/held-place';
const accepted = { system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-business-status', code: 'accepted' };
const places = 5;
let replicas: Replicas;

beforeAll(async () => {
  replicas = await startReplicas({});
}, 120_000);

afterAll(async () => {
  await replicas.stop();
});

it('overbooks no activity where three servers accept at once and one of them is killed', async () => {
  const [one, two] = replicas.urls;
  const { id = '' } = await create('provider-khl', activityWith({ places }));
  const parts = await partsAt(id);
  const dying = await replicas.referralProcess();
  const servers = [one, two, dying.url];
  const answers = parts.map((part, at) => accept(servers[at % servers.length] ?? one, part).catch(() => 0));
  await Promise.race(answers);
  await dying.kill();
  const statuses = await Promise.all(answers);
  expect(statuses.filter((status) => ![0, 200, 409, 503].includes(status))).toEqual([]);
  expect((await holders(id)).length).toBeLessThanOrEqual(places);
  // What the dead one asked for is asked after, and free again where it never came.
  await eventually(openHolds, (open) => open === 0, 60_000);
  for (const part of parts) await accept(two, part);
  const held = await holders(id);
  expect([held.length, await keptFor(id)]).toEqual([places, held.sort()]);
  const shown = await replicas.send<HealthcareService>(two, 'practice', { path: `/fhir/HealthcareService/${id}` });
  expect(takenAt(shown.body)).toBe(places);
}, 180_000);

async function partsAt(activity: string): Promise<Task[]> {
  const patient = await create<Patient>('practice', { resourceType: 'Patient' });
  const parts: Task[] = [];
  for (let at = 0; at < 24; at++) {
    const request = await create<ServiceRequest>('practice', requestFor(`Patient/${patient.id ?? ''}`, activity));
    const tasks = await tasksOf(`focus=ServiceRequest/${request.id ?? ''}`);
    parts.push(...tasks.filter(({ partOf }) => partOf !== undefined));
  }
  return parts;
}

/** Reads it anew, so that only the place decides. */
async function accept(url: string, { id = '' }: Task): Promise<number> {
  const read = await replicas.send<Task>(url, 'provider-khl', { path: `/fhir/Task/${id}` });
  if (read.body.status !== 'requested') return read.status;
  const body: Task = { ...read.body, status: 'accepted', businessStatus: { coding: [accepted] } };
  return (await replicas.send(url, 'provider-khl', { method: 'PUT', path: `/fhir/Task/${id}`, body })).status;
}

/** The Tasks that say that they have a place there. */
async function holders(activity: string): Promise<string[]> {
  const tasks = await tasksOf('status=accepted');
  const place = `HealthcareService/${activity}`;
  return tasks
    .filter(({ extension = [] }) =>
      extension.some((one) => one.url === heldPlace && one.valueReference?.reference === place),
    )
    .map(({ id = '' }) => id);
}

async function tasksOf(query: string): Promise<Task[]> {
  const path = `/fhir/Task?_count=200&${query}`;
  const { body } = await replicas.send<Bundle>(replicas.urls[0], 'provider-khl', { path });
  return (body.entry ?? []).map(({ resource }) => resource as Task);
}

async function create<R extends FhirResource>(as: 'practice' | 'provider-khl', body: R): Promise<R> {
  const path = `/fhir/${body.resourceType}`;
  const answer = await replicas.send<R>(replicas.urls[0], as, { method: 'POST', path, body });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
}

function openHolds(): Promise<number> {
  return rows('SELECT 1 FROM activity_directory.held_place WHERE NOT confirmed').then(({ length }) => length);
}

async function keptFor(activity: string): Promise<string[]> {
  const text = 'SELECT DISTINCT task_id AS task FROM activity_directory.held_place WHERE service_id = $1 ORDER BY 1';
  return (await rows<{ task: string }>(text, [activity])).map(({ task }) => task);
}

async function rows<R extends pg.QueryResultRow>(text: string, values: string[] = []): Promise<R[]> {
  const client = new pg.Client({ connectionString: replicas.databaseUrl });
  await client.connect();
  const result = await client.query<R>(text, values).finally(() => client.end());
  return result.rows;
}
