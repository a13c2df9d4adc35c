import type { Bundle, FhirResource, Patient, ServiceRequest, Task } from 'fhir/r4';
import type { Answer, World } from './world.js';

export type As = Parameters<World['send']>[0];

export interface Referral {
  patient: string;
  request: string;
  /** The referral's own Task. */
  parent: string;
  /** The Task of the first provider. */
  part: string;
}

const base = 'https://ginnel.org.uk/fhir';
export const activity = { coding: [{ system: `${base}/CodeSystem/task-input`, code: 'activity' }] };
const needMet = { coding: [{ system: `${base}/CodeSystem/task-output`, code: 'need-met' }] };

/** Those who refer, provide and ask, through the API of a world. */
export class ReferralActors {
  constructor(private readonly world: () => World) {}

  async person(): Promise<string> {
    return (await this.create<Patient>('practice', { resourceType: 'Patient' })).id ?? '';
  }

  async refer(activityId: string, patient?: string, more: Partial<ServiceRequest> = {}): Promise<Referral> {
    const person = patient ?? (await this.person());
    const request = await this.create<ServiceRequest>('practice', {
      ...requestFor(`Patient/${person}`, activityId),
      ...more,
    });
    const tasks = await this.search<Task>('practice', `Task?focus=ServiceRequest/${request.id ?? ''}`);
    const idOf = (parted: boolean) => tasks.find(({ partOf }) => (partOf !== undefined) === parted)?.id ?? '';
    return { patient: person, request: request.id ?? '', parent: idOf(false), part: idOf(true) };
  }

  /** Asks one more provider. */
  ask({ parent }: Referral, activityId: string): Promise<Answer<Task>> {
    return this.post<Task>('practice', {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      partOf: [{ reference: `Task/${parent}` }],
      input: [{ type: activity, valueReference: { reference: `HealthcareService/${activityId}` } }],
    });
  }

  async start(as: As, part: string): Promise<void> {
    await this.move(as, part, { status: 'accepted' });
    await this.move(as, part, { status: 'in-progress', executionPeriod: { start: '2026-11-01' } });
  }

  complete(as: As, part: string): Promise<Answer<Task>> {
    return this.move(as, part, { status: 'completed', output: [{ type: needMet, valueCode: 'fully' }] });
  }

  async move(as: As, part: string, change: Partial<Task>): Promise<Answer<Task>> {
    const task = await this.read<Task>(as, `Task/${part}`);
    return this.put<Task>(as, { ...task, ...change });
  }

  post<R extends FhirResource>(as: As, body: FhirResource): Promise<Answer<R>> {
    return this.world().send<R>(as, { method: 'POST', path: `/fhir/${body.resourceType}`, body });
  }

  put<R extends FhirResource>(as: As, body: R): Promise<Answer<R>> {
    return this.world().send<R>(as, { method: 'PUT', path: `/fhir/${body.resourceType}/${body.id ?? ''}`, body });
  }

  async create<R extends FhirResource>(as: As, body: R): Promise<R> {
    const answer = await this.post<R>(as, body);
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  async read<R>(as: As, path: string): Promise<R> {
    return (await this.world().send<R>(as, { path: `/fhir/${path}` })).body;
  }

  async statusOf(as: As, path: string): Promise<number> {
    return (await this.world().send(as, { path: `/fhir/${path}` })).status;
  }

  async search<R>(as: As, query: string): Promise<R[]> {
    const bundle = await this.read<Bundle>(as, query);
    return (bundle.entry ?? []).map(({ resource }) => resource as R);
  }
}

export function requestFor(subject: string, activityId: string): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: subject },
    performer: [{ reference: `HealthcareService/${activityId}` }],
  };
}
