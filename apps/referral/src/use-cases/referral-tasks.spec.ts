import type { CodeableConcept, Task } from 'fhir/r4';
import { type Act, FhirStore, type Write } from '#fhir-store';
import { Database } from '#postgres';
import { heldTypes, migrateServices, schemaOf, type ServiceDefinition, serviceUrl } from '#service';
import { type FreshDatabase, preparedDatabase } from '#testing';
import { fulfil } from '../domain/codes.js';
import { ReferralTasks } from './referral-tasks.js';

const definition: ServiceDefinition = { name: 'referral', follows: [] };
const act: Act = { agent: 'green-gym', interaction: 'create', correlationId: 'c-1' };
const work: CodeableConcept = { coding: [fulfil] };
const form: CodeableConcept = {
  coding: [{ system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp', code: 'complete-questionnaire' }],
};
const partOf = [{ reference: 'Task/parent' }];

let fresh: FreshDatabase;
let database: Database;
let tasks: ReferralTasks;

beforeAll(async () => {
  fresh = await preparedDatabase('referral alone', (url) => migrateServices(url, [definition]));
  const options = { schema: schemaOf('referral'), applicationName: 'test', maxConnections: 2 };
  database = new Database({ ...options, url: serviceUrl(fresh.url, 'referral') });
  const settings = { types: heldTypes(definition), cursorSecret: 'a secret of this test', now: () => new Date() };
  const store = new FhirStore(database, settings);
  tasks = new ReferralTasks(store);
  const known = { for: { reference: 'Patient/known' }, code: work };
  const asked = { for: { reference: 'Patient/asked' }, code: work };
  await store.commit([...many(210, { id: 'part', ...known, partOf }), ...many(5, { id: 'own', ...known })], act);
  const forms = many(210, { id: 'form', ...asked, code: form, partOf });
  await store.commit([...forms, ...many(3, { id: 'other', ...asked, partOf })], act);
}, 60_000);
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

it('finds all parts of a person who was referred for a long time, and nothing but parts', async () => {
  const found = await tasks.partsAbout('known');
  expect(new Set(found.map(({ stored }) => stored.id)).size).toBe(210);
  expect(found.every(({ task }) => task.partOf !== undefined)).toBe(true);
});

it('finds the parts of a person of whom many questionnaires were asked', async () => {
  const found = await tasks.partsAbout('asked');
  expect(found.map(({ task }) => task.id).sort()).toEqual(['other-0', 'other-1', 'other-2']);
});

it('makes no state of more Tasks of one referral than it reads', async () => {
  await expect(tasks.partsOf('parent')).rejects.toMatchObject({ issues: [{ code: 'too-costly' }] });
});

function many(count: number, task: Partial<Task>): Write[] {
  return Array.from({ length: count }, (_, at) => ({
    interaction: 'create',
    resource: {
      ...task,
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      id: `${task.id ?? ''}-${String(at)}`,
    },
    audience: ['green-gym'],
  }));
}
