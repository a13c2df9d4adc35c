import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4';

export interface InventedMessage {
  newId: () => string;
  now: Date;
  /** DoS service id of the activity that is asked for. */
  service: string;
}

const ods = 'https://fhir.nhs.uk/Id/ods-organization-code';
const dos = 'https://fhir.nhs.uk/Id/dos-service-id';

/** A referral of an invented person as a Booking and Referral Standard message, for Ginnel's own use case. */
export function inventedMessage({ newId, now, service }: InventedMessage): Bundle {
  const urn = () => `urn:uuid:${newId()}`;
  const ids = {
    header: urn(),
    request: urn(),
    patient: urn(),
    encounter: urn(),
    plan: urn(),
    condition: urn(),
    consent: urn(),
    role: urn(),
    practitioner: urn(),
    sender: urn(),
    receiver: urn(),
    service: urn(),
  };
  const at = now.toISOString();
  const entries: [string, FhirResource][] = [
    [ids.header, header({ ...ids, service: `${dos}|${service}` })],
    [ids.request, serviceRequest(ids, at)],
    [ids.encounter, encounter(ids.patient, at)],
    [ids.plan, carePlan(ids)],
    [ids.condition, condition(ids)],
    [ids.patient, patient(ids.sender)],
    [
      ids.role,
      {
        resourceType: 'PractitionerRole',
        practitioner: { reference: ids.practitioner },
        organization: { reference: ids.sender },
      },
    ],
    [
      ids.practitioner,
      { resourceType: 'Practitioner', name: [{ family: 'Example', given: ['Robin'], prefix: ['Dr'] }] },
    ],
    [
      ids.sender,
      {
        resourceType: 'Organization',
        identifier: [{ system: ods, value: 'X99G1' }],
        name: 'Worth Valley Practice (invented)',
      },
    ],
    [
      ids.receiver,
      { resourceType: 'Organization', identifier: [{ system: ods, value: 'X99K1' }], name: 'Keighley Healthy Living' },
    ],
    [ids.service, { resourceType: 'HealthcareService', identifier: [{ system: dos, value: service }] }],
    [ids.consent, consent(ids.patient)],
  ];
  return {
    resourceType: 'Bundle',
    id: newId(),
    meta: { versionId: '1.0.0', lastUpdated: at },
    type: 'message',
    timestamp: at,
    entry: entries.map(([fullUrl, resource]): BundleEntry => ({ fullUrl, resource })),
  };
}

type Ids = Record<
  'request' | 'patient' | 'encounter' | 'plan' | 'condition' | 'role' | 'sender' | 'receiver' | 'service',
  string
>;

function header(ids: Ids): FhirResource {
  return {
    resourceType: 'MessageHeader',
    eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-events-bars', code: 'servicerequest-request' },
    destination: [{ endpoint: ids.service, receiver: { reference: ids.receiver } }],
    sender: { reference: ids.sender },
    source: { name: 'Invented GP system', endpoint: `${dos}|2000099901` },
    reason: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/message-reason-bars', code: 'new' }] },
    focus: [{ reference: ids.request }],
  };
}

function serviceRequest(ids: Ids, at: string): FhirResource {
  return {
    resourceType: 'ServiceRequest',
    basedOn: [{ reference: ids.plan }],
    status: 'active',
    intent: 'plan',
    category: [
      {
        coding: [
          { system: 'https://fhir.nhs.uk/CodeSystem/message-category-servicerequest', code: 'referral' },
          { system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case', code: 'vcse' },
        ],
      },
    ],
    subject: { reference: ids.patient },
    encounter: { reference: ids.encounter },
    authoredOn: at,
    requester: { reference: ids.role },
    performer: [{ reference: ids.service }],
    reasonReference: [{ reference: ids.condition }],
  };
}

function encounter(patientUrl: string, at: string): FhirResource {
  return {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: { reference: patientUrl },
    period: { start: at, end: at },
  };
}

function carePlan(ids: Ids): FhirResource {
  return {
    resourceType: 'CarePlan',
    status: 'completed',
    intent: 'plan',
    subject: { reference: ids.patient },
    encounter: { reference: ids.encounter },
    addresses: [{ reference: ids.condition }],
    activity: [
      { outcomeCodeableConcept: [{ text: 'Invented: long-term knee pain, on a waiting list, would like company.' }] },
    ],
  };
}

function condition(ids: Ids): FhirResource {
  return {
    resourceType: 'Condition',
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    code: { coding: [{ system: 'http://snomed.info/sct', code: '82423001', display: 'Chronic pain' }] },
    subject: { reference: ids.patient },
    encounter: { reference: ids.encounter },
  };
}

function patient(practice: string): FhirResource {
  return {
    resourceType: 'Patient',
    name: [{ use: 'official', family: 'Fictitious', given: ['Jo'] }],
    gender: 'female',
    birthDate: '1958-04-01',
    telecom: [{ system: 'phone', value: '0000 000 0000', use: 'mobile', rank: 1 }],
    generalPractitioner: [{ reference: practice }],
  };
}

function consent(patientUrl: string): FhirResource {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/consent-categories-bars', code: 'DRC' }] }],
    patient: { reference: patientUrl },
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMPLIED' }] },
  };
}
