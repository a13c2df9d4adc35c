import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, Patient, ServiceRequest } from 'fhir/r4';
import { inventedMessage } from '../apps/sandbox/src/story/invented-message.js';
import type { Answer, World } from './world.js';

/** A message of an invented person for an activity of the seed. */
export function messageFor(change: (parts: MessageParts) => void = () => undefined): Bundle {
  const bundle = inventedMessage({ newId: randomUUID, now: new Date(), service: '2000099911' });
  const entryOf = (type: string) => bundle.entry?.find(({ resource }) => resource?.resourceType === type);
  const [patient, request] = [entryOf('Patient'), entryOf('ServiceRequest')];
  change({
    patient: patient?.resource as Patient,
    request: request?.resource as ServiceRequest,
    patientUrl: patient?.fullUrl ?? '',
    requestUrl: request?.fullUrl ?? '',
    add: (resource) => {
      const fullUrl = `urn:uuid:${randomUUID()}`;
      bundle.entry?.push({ fullUrl, resource });
      return fullUrl;
    },
  });
  return bundle;
}

interface MessageParts {
  patient: Patient;
  request: ServiceRequest;
  patientUrl: string;
  requestUrl: string;
  /** Adds a resource to the message and answers its fullUrl. */
  add: (resource: FhirResource) => string;
}

/** A message of the person with this NHS number. */
export function messageOf(nhsNumber: string, person: Partial<Patient> = {}): Bundle {
  return messageFor(({ patient }) => {
    Object.assign(patient, {
      identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber }],
      ...person,
    });
  });
}

export function sendMessage({ send }: World, body: Bundle, requestId: string = randomUUID()): Promise<Answer<Bundle>> {
  const headers = { 'x-request-id': requestId, 'x-correlation-id': randomUUID() };
  return send<Bundle>('practice', { method: 'POST', path: '/fhir/$process-message', body, headers });
}

/** Sends a message that must be taken. */
export async function takeMessage(world: World, body: Bundle): Promise<Answer<Bundle>> {
  const answer = await sendMessage(world, body);
  if (answer.status !== 200) throw new Error(`The message was not taken: ${answer.text}`);
  return answer;
}

/** The id here of the first resource of this type in an answer. */
export function idIn({ body }: Answer<Bundle>, type: string): string {
  return body.entry?.find(({ resource }) => resource?.resourceType === type)?.resource?.id ?? '';
}
