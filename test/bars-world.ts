import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, FhirResource, MessageHeader, OperationOutcome, Patient, ServiceRequest, Task } from 'fhir/r4';
import { projectRoot } from '#programmes';
import type { Answer, World } from './world.js';

type As = Parameters<World['send']>[0];

const folder = join(projectRoot(), '..', 'shared', 'data', 'bars');
export const areExamplesHere = existsSync(folder);
export const dos = 'https://fhir.nhs.uk/Id/dos-service-id';
export const barsUseCases = 'https://fhir.nhs.uk/CodeSystem/usecases-categories-bars';

/** Those who send and take messages of the Booking and Referral Standard, in a world. */
export class BarsWorld {
  constructor(private readonly world: () => World) {}

  /** An activity of a provider that takes these use cases; its id. */
  async service(value: string, useCases: readonly string[]): Promise<string> {
    const body = {
      resourceType: 'HealthcareService',
      identifier: [{ system: dos, value }],
      active: true,
      name: `Service ${value}`,
      providedBy: { reference: 'Organization/keighley-healthy-living' },
      extension: useCases.map((code) => ({
        url: 'https://ginnel.org.uk/fhir/StructureDefinition/accepts-use-case',
        valueCoding: { system: barsUseCases, code },
      })),
    };
    const answer = await this.world().send('integrator', { method: 'POST', path: '/fhir/HealthcareService', body });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body.id ?? '';
  }

  /** Posts a message in a conversation. */
  process(as: As, body: Bundle | string, headers: Record<string, string> = {}): Promise<Answer<Bundle>> {
    return this.world().send<Bundle>(as, {
      method: 'POST',
      path: '/fhir/$process-message',
      body,
      headers: { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID(), ...headers },
    });
  }

  async read<R extends FhirResource>(as: As, path: string): Promise<R> {
    return (await this.world().send<R>(as, { path: `/fhir/${path}` })).body;
  }

  async search<R extends FhirResource>(as: As, query: string): Promise<R[]> {
    const { body } = await this.world().send<Bundle<R>>(as, { path: `/fhir/${query}` });
    return (body.entry ?? []).flatMap(({ resource }) => (resource ? [resource] : []));
  }

  /** The provider's Task of a ServiceRequest. */
  async part(request: string): Promise<Task> {
    const tasks = await this.search<Task>('provider-khl', `Task?focus=ServiceRequest/${request}`);
    const part = tasks.find(({ partOf }) => partOf !== undefined);
    if (!part) throw new Error(`ServiceRequest/${request} has no part.`);
    return part;
  }

  async move(part: Task, change: Partial<Task>): Promise<Task> {
    const now = await this.read<Task>('provider-khl', `Task/${part.id ?? ''}`);
    const sent = { method: 'PUT', path: `/fhir/Task/${part.id ?? ''}`, body: { ...now, ...change } } as const;
    const answer = await this.world().send<Task>('provider-khl', sent);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body;
  }
}

/** A published example, by the beginning of its file's name. */
export function example(name: string): Bundle {
  const file = readdirSync(folder).find((each) => new RegExp(`^${name}[_-]`).test(each)) ?? '';
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Bundle;
}

/** The same as one that was not sent before. */
export function anew(bundle: Bundle): Bundle {
  return { ...bundle, id: randomUUID() };
}

/** A message of the example with what a change makes of its header and its ServiceRequest. */
export function changedExample(
  bundle: Bundle,
  change: { header?: Partial<MessageHeader>; request?: Partial<ServiceRequest>; patient?: Partial<Patient> },
): Bundle {
  const changes: Partial<Record<string, object>> = {
    MessageHeader: change.header ?? {},
    ServiceRequest: change.request ?? {},
    Patient: change.patient ?? {},
  };
  const entry = (bundle.entry ?? []).map((each) => ({
    ...each,
    resource: { ...each.resource, ...changes[each.resource?.resourceType ?? ''] } as FhirResource,
  }));
  return { ...bundle, entry };
}

export function reason(code: string): { reason: MessageHeader['reason'] } {
  return { reason: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/message-reason-bars', code }] } };
}

/** The id here of the first resource of this type in an answer. */
export function idIn({ body }: Answer<Bundle>, type: string): string {
  return body.entry?.find(({ resource }) => resource?.resourceType === type)?.resource?.id ?? '';
}

export function statusIn({ body }: Answer<Bundle>, type: string): string | undefined {
  const found = body.entry?.find(({ resource }) => resource?.resourceType === type)?.resource;
  return (found as { status?: string } | undefined)?.status;
}

/** Status, the standard's code, FHIR's, and where: `409 REC_CONFLICT conflict Bundle.timestamp`. */
export function refusal({ status, body }: Answer): string {
  const [issue] = (body as unknown as OperationOutcome).issue;
  const code = issue?.details?.coding?.[0]?.code;
  return [status, code, issue?.code, issue?.expression?.[0]].filter((each) => each !== undefined).join(' ');
}

/** What the answer remarks on, faults of the example left out. */
export function remarks({ body }: Answer<Bundle>): string[] {
  const outcomes = (body.entry ?? []).map(({ resource }) => resource as FhirResource | undefined);
  const issues = outcomes.flatMap((one) => (one?.resourceType === 'OperationOutcome' ? one.issue : []));
  return issues.flatMap(({ expression = [] }) => expression).filter((path) => !/identifier|http\./.test(path));
}

export function businessOf({ businessStatus }: Task): string | undefined {
  return businessStatus?.coding?.[0]?.code;
}
