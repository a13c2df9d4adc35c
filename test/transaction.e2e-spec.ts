import type {
  Bundle,
  BundleEntry,
  FhirResource,
  HealthcareService,
  Observation,
  OperationOutcome,
  Patient,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { type Answer, eventually, startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

type As = Parameters<World['send']>[0];

const post = (fullUrl: string, resource: FhirResource): BundleEntry => ({
  fullUrl: `urn:uuid:${fullUrl}`,
  resource,
  request: { method: 'POST', url: resource.resourceType },
});

const send = (as: As, ...entry: BundleEntry[]): Promise<Answer<Bundle<FhirResource> | OperationOutcome>> =>
  world.send(as, { method: 'POST', path: '/fhir', body: { resourceType: 'Bundle', type: 'transaction', entry } });

function entriesIn({
  status,
  body,
  text,
}: Answer<Bundle<FhirResource> | OperationOutcome>): BundleEntry<FhirResource>[] {
  if (status !== 200 || body.resourceType !== 'Bundle') throw new Error(`${String(status)} ${text}`);
  return body.entry ?? [];
}

function issuesIn({ body, text }: Answer<Bundle<FhirResource> | OperationOutcome>): OperationOutcome['issue'] {
  if (body.resourceType !== 'OperationOutcome') throw new Error(text);
  return body.issue;
}

const ids = {
  organisation: 'd3f1d0f0-0000-4000-8000-000000000001',
  service: 'd3f1d0f0-0000-4000-8000-000000000002',
  patient: 'd3f1d0f0-0000-4000-8000-000000000003',
  request: 'd3f1d0f0-0000-4000-8000-000000000004',
  observation: 'd3f1d0f0-0000-4000-8000-000000000005',
};
const to = (id: string): { reference: string } => ({ reference: `urn:uuid:${id}` });

const service: HealthcareService = {
  resourceType: 'HealthcareService',
  providedBy: { reference: 'Organization/keighley-healthy-living' },
  name: 'Walks',
};
const patient: Patient = { resourceType: 'Patient' };
const request: ServiceRequest = {
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject: to(ids.patient),
  authoredOn: '2026-11-20T10:00:00Z',
  performer: [to(ids.service)],
};
const observation: Observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'steps' },
  subject: to(ids.patient),
  basedOn: [to(ids.request)],
  valueQuantity: { value: 1, unit: 'steps' },
};
const whole = [
  post(ids.observation, observation),
  post(ids.request, request),
  post(ids.patient, patient),
  post(ids.service, service),
];

describe('a transaction across services', () => {
  it('writes all, each by its owner, with references from one to the other', async () => {
    const entries = entriesIn(await send('integrator', ...whole));
    expect(entries.map(({ response }) => response?.status)).toEqual(Array(4).fill('201 Created'));
    const [made, referral, person, activity] = entries.map(({ resource }) => resource) as [
      Observation,
      ServiceRequest,
      Patient,
      HealthcareService,
    ];
    expect(made.basedOn).toEqual([{ reference: `ServiceRequest/${referral.id ?? ''}` }]);
    expect(made.subject).toEqual({ reference: `Patient/${person.id ?? ''}` });
    expect(referral.performer?.[0]?.reference).toBe(`HealthcareService/${activity.id ?? ''}`);
    for (const resource of [made, referral, person, activity]) {
      const { body } = await world.send('integrator', { path: `/fhir/${resource.resourceType}/${resource.id ?? ''}` });
      expect(body).toEqual(resource);
    }
    const tasks = await eventually(
      () => world.send<Bundle<Task>>('provider-khl', { path: `/fhir/Task?focus=ServiceRequest/${referral.id ?? ''}` }),
      ({ body }) => (body.entry ?? []).length === 2,
    );
    expect(tasks.status).toBe(200);
  });
});
