// A referral as a message of the Booking and Referral Standard, for Ginnel's own use case.
import { randomUUID } from 'node:crypto';
import type {
  Bundle,
  CodeableConcept,
  Consent,
  FhirResource,
  Identifier,
  MessageHeader,
  Patient,
  Reference,
  ServiceRequest,
} from 'fhir/r4';

export interface ReferralWish {
  patient: Patient;
  /** Of the activity that is asked for, as the directory has it: `https://fhir.nhs.uk/Id/dos-service-id` and its number. */
  service: Identifier;
  /** The organisation that provides it. */
  receiver: { name: string; identifier?: Identifier };
  sender: {
    name: string;
    /** ODS code. */
    identifier: Identifier;
    /** Where answers come back to: `https://fhir.nhs.uk/Id/dos-service-id` and your number. */
    returnAddress: Identifier;
    /** Of the system that sends. */
    software: string;
    practitioner?: { family: string; given?: readonly string[]; prefix?: readonly string[] };
  };
  reason?: CodeableConcept;
  /** In words, for who receives it. */
  summary?: string;
  /** The person was told and did not object: carried as a Consent. */
  agreed: boolean;
  priority?: ServiceRequest['priority'];
  /** What rides along, such as a QuestionnaireResponse: about this person, with the reference that `subject` gives. */
  alsoFor?: (subject: Reference) => readonly FhirResource[];
}

/** A new message at each call: keep it, and send the very same one again where you do not know whether it came. */
export function referralMessage(wish: ReferralWish, now: Date = new Date()): Bundle {
  const at = now.toISOString();
  const urns = urnsOf();
  const subject = { reference: urns.patient };
  const resources: [string, FhirResource][] = [
    [urns.header, headerOf(wish, urns)],
    [urns.request, requestOf(wish, urns, at)],
    [urns.patient, { ...wish.patient, resourceType: 'Patient' }],
    ...partiesOf(wish, urns),
    ...(wish.agreed ? [[urns.consent, consentFor(subject, at)] as [string, FhirResource]] : []),
    ...(wish.alsoFor?.(subject) ?? []).map((one): [string, FhirResource] => [urn(), one]),
  ];
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    meta: { versionId: '1.0.0', lastUpdated: at },
    type: 'message',
    timestamp: at,
    entry: resources.map(([fullUrl, resource]) => ({ fullUrl, resource })),
  };
}

const names = [
  'header',
  'request',
  'patient',
  'consent',
  'role',
  'practitioner',
  'sender',
  'receiver',
  'service',
] as const;
type Urns = Record<(typeof names)[number], string>;

function urn(): string {
  return `urn:uuid:${randomUUID()}`;
}

function urnsOf(): Urns {
  return Object.fromEntries(names.map((name) => [name, urn()])) as Urns;
}

function headerOf({ sender, service }: ReferralWish, urns: Urns): MessageHeader {
  return {
    resourceType: 'MessageHeader',
    eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-events-bars', code: 'servicerequest-request' },
    destination: [{ endpoint: addressed(service), receiver: { reference: urns.receiver } }],
    sender: { reference: urns.sender },
    source: { name: sender.software, endpoint: addressed(sender.returnAddress) },
    reason: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/message-reason-bars', code: 'new' }] },
    focus: [{ reference: urns.request }],
    definition: 'https://ginnel.org.uk/fhir/MessageDefinition/referral-request-vcse',
  };
}

function requestOf({ reason, summary, priority }: ReferralWish, urns: Urns, at: string): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
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
    ...(priority ? { priority } : {}),
    subject: { reference: urns.patient },
    authoredOn: at,
    requester: { reference: urns.role },
    performer: [{ reference: urns.service }],
    ...(reason ? { reasonCode: [reason] } : {}),
    ...(summary === undefined ? {} : { note: [{ text: summary }] }),
  };
}

function partiesOf({ sender, receiver, service }: ReferralWish, urns: Urns): [string, FhirResource][] {
  const { family, given, prefix } = sender.practitioner ?? {};
  const practitioner = family === undefined ? undefined : { reference: urns.practitioner };
  const person: FhirResource = {
    resourceType: 'Practitioner',
    name: [
      {
        ...(family === undefined ? {} : { family }),
        ...(given ? { given: [...given] } : {}),
        ...(prefix ? { prefix: [...prefix] } : {}),
      },
    ],
  };
  return [
    [
      urns.role,
      {
        resourceType: 'PractitionerRole',
        ...(practitioner ? { practitioner } : {}),
        organization: { reference: urns.sender },
      },
    ],
    ...(practitioner ? [[urns.practitioner, person] as [string, FhirResource]] : []),
    [urns.sender, { resourceType: 'Organization', identifier: [sender.identifier], name: sender.name }],
    [
      urns.receiver,
      {
        resourceType: 'Organization',
        ...(receiver.identifier ? { identifier: [receiver.identifier] } : {}),
        name: receiver.name,
      },
    ],
    [urns.service, { resourceType: 'HealthcareService', identifier: [service] }],
  ];
}

function consentFor(patient: Reference, dateTime: string): Consent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/consent-categories-bars', code: 'DRC' }] }],
    patient,
    dateTime,
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMPLIED' }] },
  };
}

function addressed({ system = '', value = '' }: Identifier): string {
  return `${system}|${value}`;
}
