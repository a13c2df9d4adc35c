import type { Bundle, CodeableConcept, FhirResource, MessageHeader, Organization } from 'fhir/r4';
import { resourcesIn } from '../resources-in.js';
import type { MessageIds } from './message-ids.js';

/** The headers of the Booking and Referral Standard for a message. */
export function barsHeaders(message: Bundle, { requestId, correlationId }: MessageIds): Record<string, string> {
  const header = message.entry?.[0]?.resource as MessageHeader | undefined;
  const target = identifierIn(header?.destination?.[0]?.endpoint);
  const sender = organisationOf(message, header?.sender?.reference);
  return {
    'x-request-id': requestId,
    'x-correlation-id': correlationId,
    accept: 'application/fhir+json; version=1.4.0',
    ...(target ? { 'nhsd-target-identifier': encoded(target) } : {}),
    ...(sender ? { 'nhsd-end-user-organisation': encoded(sender) } : {}),
    'nhsd-requesting-software': encoded(softwareIn(header)),
    'use-context': useContextOf(message, header),
  };
}

/** Device of the system that sends. */
function softwareIn(header: MessageHeader | undefined): object {
  const { name = 'unknown', version } = header?.source ?? {};
  return {
    resourceType: 'Device',
    deviceName: [{ name, type: 'user-friendly-name' }],
    ...(version === undefined ? {} : { version: [{ value: version }] }),
  };
}

/** `vcse|referral|servicerequest-request|new`: use case, category, event, reason. */
function useContextOf(message: Bundle, header: MessageHeader | undefined): string {
  const [request] = resourcesIn(message, 'ServiceRequest');
  const [category = '', useCase = ''] = codesIn(request?.category?.[0]);
  const [reason = ''] = codesIn(header?.reason);
  return [useCase, category, header?.eventCoding?.code ?? '', reason].join('|');
}

function codesIn(concept: CodeableConcept | undefined): string[] {
  return (concept?.coding ?? []).map(({ code = '' }) => code);
}

function identifierIn(endpoint: string | undefined): { value: string; system: string } | undefined {
  const [system, value] = endpoint?.split('|') ?? [];
  return system === undefined || value === undefined ? undefined : { value, system };
}

function organisationOf({ entry = [] }: Bundle, reference: string | undefined): Organization | undefined {
  const found = entry.find(({ fullUrl }) => fullUrl === reference)?.resource as FhirResource | undefined;
  return found?.resourceType === 'Organization' ? found : undefined;
}

function encoded(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString('base64');
}
