import type { FhirResource } from 'fhir/r4';
import { isUseCase, vcseUseCase } from './codes.js';
import { type Message } from './message.js';
import { kindOf, type MessageKind } from './workflow.js';

type Cardinality = readonly [min: number, max: number];

/** How many of which resource a message holds. What is not named may ride along. */
export interface MessageDefinitionRow {
  url: string;
  kinds: readonly MessageKind[];
  cardinalities: Readonly<Partial<Record<FhirResource['resourceType'], Cardinality>>>;
}

const one: Cardinality = [1, 1];
const optional: Cardinality = [0, 1];
const some: Cardinality = [1, Infinity];
const severalOrMore: Cardinality = [2, Infinity];

const always = { MessageHeader: one, ServiceRequest: one, Patient: one };
const people = { Practitioner: some, PractitionerRole: some };

const nhs = 'https://fhir.nhs.uk/MessageDefinition/bars-message-';

const referral: MessageDefinitionRow = {
  url: `${nhs}servicerequest-request-referral`,
  kinds: ['new-referral', 'cancellation'],
  cardinalities: {
    ...always,
    ...people,
    Encounter: one,
    CarePlan: one,
    Consent: some,
    HealthcareService: some,
    Organization: severalOrMore,
    Device: optional,
  },
};

const validation: MessageDefinitionRow = {
  url: `${nhs}servicerequest-request-validation`,
  kinds: ['new-validation', 'update', 'cancellation'],
  cardinalities: {
    ...always,
    ...people,
    Encounter: one,
    CarePlan: one,
    Consent: some,
    HealthcareService: one,
    Location: one,
    Organization: severalOrMore,
  },
};

const cancelled: MessageDefinitionRow = {
  url: `${nhs}servicerequest-request-cancelled`,
  kinds: ['cancellation'],
  cardinalities: { ...always, Organization: severalOrMore },
};

/** A referral to the voluntary sector: no assessment, role or consent resource is demanded of the sender. */
const vcseReferral: MessageDefinitionRow = {
  url: 'https://ginnel.org.uk/fhir/MessageDefinition/referral-request-vcse',
  kinds: ['new-referral'],
  cardinalities: { ...always, Encounter: optional, CarePlan: optional, Organization: some },
};

/** BaRS' MessageDefinitions of service requests, by what their focus demands, and our own. */
export const messageDefinitions: readonly MessageDefinitionRow[] = [
  referral,
  validation,
  cancelled,
  vcseReferral,
  {
    url: `${nhs}servicerequest-response-referral`,
    kinds: ['response'],
    cardinalities: {
      ...always,
      ...people,
      Encounter: optional,
      CarePlan: optional,
      Location: optional,
      Appointment: optional,
      Consent: some,
      HealthcareService: one,
      Organization: severalOrMore,
    },
  },
  {
    url: `${nhs}servicerequest-response-referral-short`,
    kinds: ['response'],
    cardinalities: { ...always, ...people, Encounter: [2, 2], Organization: severalOrMore },
  },
  {
    url: `${nhs}servicerequest-response-validation-interim`,
    kinds: ['response'],
    cardinalities: { ...always, ...people, Encounter: [2, 2], Organization: some },
  },
  {
    url: `${nhs}servicerequest-response-validation-full`,
    kinds: ['response'],
    cardinalities: {
      ...always,
      ...people,
      Encounter: [2, 3],
      CarePlan: one,
      Location: one,
      Consent: some,
      HealthcareService: one,
      Organization: severalOrMore,
    },
  },
];

/** The definition that the header names, whatever its version. */
export function namedDefinition(message: Message): MessageDefinitionRow | undefined {
  const named = message.header.resource.definition?.split('|')[0]?.replace(/^http:/, 'https:');
  return messageDefinitions.find(({ url }) => url === named);
}

/** The definition that holds: the named one or, where the header names none, the one of its workflow. */
export function definitionOf(message: Message): MessageDefinitionRow | undefined {
  return message.header.resource.definition === undefined ? impliedDefinition(message) : namedDefinition(message);
}

/** Our own definition asks less, therefore only our own use case may go by it. */
export function isForUseCase(definition: MessageDefinitionRow, message: Message): boolean {
  return definition !== vcseReferral || isUseCase(message.useCase, vcseUseCase);
}

function impliedDefinition(message: Message): MessageDefinitionRow | undefined {
  const kind = kindOf(message);
  if (kind === 'new-referral') return isUseCase(message.useCase, vcseUseCase) ? vcseReferral : referral;
  if (kind === 'cancellation') return cancelled;
  return kind === 'new-validation' || kind === 'update' ? validation : undefined;
}
