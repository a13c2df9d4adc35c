import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, MessageHeader, ServiceRequest } from 'fhir/r4';
import { withoutDangling } from './without-dangling.js';

export interface TakingBack {
  /** As the other side has it now. */
  serviceRequest: ServiceRequest;
  as: 'revoked' | 'entered-in-error';
  now?: Date;
}

/**
 * The message that takes a referral back: `revoked` where it is no longer wanted, `entered-in-error` where it should never have
 * been sent. Read the ServiceRequest first: what is not active any more is not taken back.
 *
 * @param sent the message that made the referral
 */
export function takeBackMessage(sent: Bundle, { serviceRequest, as, now = new Date() }: TakingBack): Bundle {
  const at = now.toISOString();
  const kept = (sent.entry ?? []).filter(({ resource }) => keptTypes.includes(resource?.resourceType ?? ''));
  const fullUrls = new Set(kept.map(({ fullUrl = '' }) => fullUrl.toLowerCase()));
  const resourceOf = (resource: FhirResource): FhirResource => {
    if (resource.resourceType === 'MessageHeader') return taking(resource);
    if (resource.resourceType !== 'ServiceRequest') return resource;
    return { ...resource, id: serviceRequest.id ?? '', status: as };
  };
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    ...(sent.meta ? { meta: { ...sent.meta, lastUpdated: at } } : {}),
    type: 'message',
    timestamp: at,
    entry: kept.map((entry) => ({
      ...entry,
      resource: withoutDangling(resourceOf(entry.resource as FhirResource), fullUrls),
    })),
  };
}

/** Who asks, for whom and whom: what the others name is not named here. */
const keptTypes = [
  'MessageHeader',
  'ServiceRequest',
  'Patient',
  'Organization',
  'PractitionerRole',
  'Practitioner',
  'HealthcareService',
];

function taking(header: MessageHeader): MessageHeader {
  return {
    ...header,
    reason: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/message-reason-bars', code: 'update' }] },
    definition: 'https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-request-cancelled',
  };
}
