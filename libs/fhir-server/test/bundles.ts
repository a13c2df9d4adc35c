import type { Bundle, BundleEntryResponse, FhirResource } from 'fhir/r4';
import type { Answer, RunningServer } from './running-server.js';

export const patientUrl = 'urn:uuid:3d8e1cd4-51ba-4ac5-ac3d-6405acbd9ae3';
export const requestUrl = 'urn:uuid:8f0ef0d5-0f0f-4b47-a6a3-5b6a0a5b8a11';

/** Entries that create: a person, a wish for her, its work, and an activity of another service. */
export const patient = {
  fullUrl: patientUrl,
  resource: { resourceType: 'Patient' },
  request: { method: 'POST', url: 'Patient' },
};
export const wish = {
  fullUrl: requestUrl,
  resource: { resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject: { reference: patientUrl } },
  request: { method: 'POST', url: 'ServiceRequest' },
};
export const work = {
  resource: { resourceType: 'Task', status: 'requested', intent: 'order', focus: { reference: requestUrl } },
  request: { method: 'POST', url: 'Task' },
};
export const activity = {
  resource: { resourceType: 'HealthcareService' },
  request: { method: 'POST', url: 'HealthcareService' },
};
export const task = { resourceType: 'Task', status: 'requested', intent: 'order' };

export function bundleOf(...entry: object[]): object {
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/** A Patient with this identifier. */
export function identified(value: string): object {
  return { ...patient.resource, identifier: [{ system: 'https://ginnel.example/id', value }] };
}

/** What clients of a server do with Bundles. */
export class Bundles {
  constructor(private readonly server: () => RunningServer) {}

  send(token: string, ...entry: object[]): Promise<Answer> {
    return this.server().call('POST /fhir', { token, body: bundleOf(...entry) });
  }

  async created(token: string, resource: object): Promise<{ resourceType: string; id: string }> {
    const { resourceType } = resource as FhirResource;
    const answer = await this.server().call(`POST /fhir/${resourceType}`, { token, body: resource });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body as { resourceType: string; id: string };
  }

  async countOf(type: string): Promise<number | undefined> {
    return ((await this.server().call(`GET /fhir/${type}?_summary=count`)).body as Bundle).total;
  }
}

/** Every entry's status. */
export function statusesOf({ body, text }: Answer): (string | undefined)[] {
  const { resourceType, entry = [] } = body as { resourceType: string } & Pick<Bundle, 'entry'>;
  if (resourceType !== 'Bundle') throw new Error(text);
  return entry.map(({ response }) => response?.status);
}

/** Every entry's resource, where it has one. */
export function resourcesOf({ body }: Answer): (FhirResource | undefined)[] {
  return ((body as Bundle<FhirResource>).entry ?? []).map(({ resource }) => resource);
}

export function responsesOf({ body }: Answer): Partial<BundleEntryResponse>[] {
  return ((body as Bundle).entry ?? []).map(({ response = {} }) => response);
}
