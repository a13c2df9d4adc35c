import type { Bundle, Coding, MessageHeader, Organization, Resource, ServiceRequest } from 'fhir/r4';
import type { OutgoingMessage } from './outgoing-message.js';

const categorySystem = 'https://fhir.nhs.uk/CodeSystem/message-category-servicerequest';

/**
 * The headers of a BaRS message; the same at every try. Identifiers, organisation and software are the Base64 of JSON.
 * https://digital.nhs.uk/developer/api-catalogue/booking-and-referral-fhir
 */
export function messageHeaders(
  { address, requestId, correlationId }: OutgoingMessage,
  { message, version }: { message: Bundle; version: string },
): Record<string, string> {
  const [system, value] = address.split('|');
  const sender = senderOf(message);
  return {
    'content-type': 'application/fhir+json',
    accept: 'application/fhir+json; version=1.4.0',
    'x-request-id': requestId,
    'x-correlation-id': correlationId,
    'nhsd-target-identifier': encoded({ value, system }),
    ...(sender ? { 'nhsd-end-user-organisation': encoded(sender) } : {}),
    'nhsd-requesting-software': encoded(software(version)),
    'use-context': useContextOf(message),
  };
}

function senderOf(message: Bundle): object | undefined {
  const wanted = headerIn(message)?.sender?.reference;
  const found = message.entry?.find(({ fullUrl }) => fullUrl === wanted)?.resource;
  if (found?.resourceType !== 'Organization') return undefined;
  const { identifier, name } = found as Organization;
  return { resourceType: 'Organization', ...(identifier ? { identifier } : {}), ...(name ? { name } : {}) };
}

function software(version: string): object {
  return {
    resourceType: 'Device',
    identifier: [{ system: 'https://ginnel.org.uk/fhir/Id/software', value: 'ginnel' }],
    deviceName: [{ name: 'Ginnel', type: 'user-friendly-name' }],
    version: [{ value: version }],
  };
}

/** `vcse|referral|servicerequest-response|new` */
function useContextOf(message: Bundle): string {
  const header = headerIn(message);
  const codings = categoriesIn(message);
  const category = codings.find(isCategory)?.code;
  const useCase = codings.find((coding) => !isCategory(coding))?.code;
  const reason = header?.reason?.coding?.[0]?.code;
  return [useCase, category, header?.eventCoding?.code, reason].map((word) => word ?? '').join('|');
}

/** The coding is the sender's own: http and https are one system, and so are capitals. */
function isCategory({ system = '' }: Coding): boolean {
  return system.toLowerCase().replace(/^http:/, 'https:') === categorySystem.toLowerCase();
}

function categoriesIn({ entry = [] }: Bundle): Coding[] {
  const request = entry.map(({ resource }) => resource).find(isServiceRequest);
  return (request?.category ?? []).flatMap(({ coding = [] }) => coding);
}

function isServiceRequest(resource: Resource | undefined): resource is ServiceRequest {
  return resource?.resourceType === 'ServiceRequest';
}

function headerIn({ entry = [] }: Bundle): MessageHeader | undefined {
  return entry[0]?.resource as MessageHeader | undefined;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}
