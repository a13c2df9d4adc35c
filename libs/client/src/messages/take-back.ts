import { randomUUID } from 'node:crypto';
import type { Bundle, MessageHeader, ServiceRequest } from 'fhir/r4';
import { resourcesIn } from '../resources-in.js';

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
  const [request] = resourcesIn(sent, 'ServiceRequest');
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    ...(sent.meta ? { meta: { ...sent.meta, lastUpdated: at } } : {}),
    type: 'message',
    timestamp: at,
    entry: kept.map((entry) => {
      if (entry.resource?.resourceType === 'MessageHeader') {
        return { ...entry, resource: taking(entry.resource as MessageHeader) };
      }
      if (entry.resource?.resourceType !== 'ServiceRequest') return entry;
      return { ...entry, resource: { ...request, id: serviceRequest.id ?? '', status: as } as ServiceRequest };
    }),
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
