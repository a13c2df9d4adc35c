import type { FhirResource } from 'fhir/r4';
import { barsUseCaseSystem, isSystem, isUseCase, type MessageEvent, type UseCase, vcseUseCase } from './codes.js';
import { type Message } from './message.js';
import { kindOf, type MessageKind } from './workflow.js';

export type Cardinality = readonly [min: number, max: number];

/** How many of which resource a message holds. What is not named may ride along. */
export interface MessageDefinitionRow {
  url: string;
  version: string;
  title: string;
  event: MessageEvent;
  /** Which use cases it is for: those of either category, all, or our own. */
  of: 'referral' | 'validation' | 'any' | 'vcse';
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
  version: '1.0.0-beta',
  title: 'Request of a referral',
  event: 'servicerequest-request',
  of: 'referral',
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
  version: '1.1.0',
  title: 'Request of a validation',
  event: 'servicerequest-request',
  of: 'validation',
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
  version: '1.0.0',
  title: 'Request that cancels',
  event: 'servicerequest-request',
  of: 'any',
  url: `${nhs}servicerequest-request-cancelled`,
  kinds: ['cancellation'],
  cardinalities: { ...always, Organization: severalOrMore },
};

/** What was sent with one organisation is taken back with it. */
const vcseCancelled: MessageDefinitionRow = { ...cancelled, cardinalities: { ...always, Organization: some } };

/** A referral to the voluntary sector: no assessment, role or consent resource is demanded of the sender. */
const vcseReferral: MessageDefinitionRow = {
  version: '1.0.0',
  title: 'Referral to the voluntary sector',
  event: 'servicerequest-request',
  of: 'vcse',
  url: 'https://ginnel.org.uk/fhir/MessageDefinition/referral-request-vcse',
  kinds: ['new-referral', 'cancellation'],
  cardinalities: { ...always, Encounter: optional, CarePlan: optional, Organization: some },
};

/** What became of it: the work as a Task, and at its end what was achieved. BaRS has no answer of this content. */
const vcseResponse: MessageDefinitionRow = {
  version: '1.0.0',
  title: 'Answer of the voluntary sector',
  event: 'servicerequest-response',
  of: 'vcse',
  url: 'https://ginnel.org.uk/fhir/MessageDefinition/referral-response-vcse',
  kinds: ['response'],
  cardinalities: { ...always, Task: some, Organization: some },
};

const booking: MessageDefinitionRow = {
  version: '1.0.0',
  title: 'Request of a booking',
  event: 'booking-request',
  of: 'any',
  url: `${nhs}booking-request`,
  kinds: ['new-booking', 'booking-cancellation'],
  cardinalities: {
    MessageHeader: one,
    ServiceRequest: optional,
    Patient: one,
    Location: optional,
    HealthcareService: one,
    Appointment: one,
    Slot: one,
    Schedule: one,
    Organization: severalOrMore,
  },
};

const bookingCancelled: MessageDefinitionRow = {
  version: '1.0.0',
  title: 'Request that cancels a booking',
  event: 'booking-request',
  of: 'any',
  url: `${nhs}booking-request-cancelled`,
  kinds: ['booking-cancellation'],
  cardinalities: { MessageHeader: one, Patient: one, Appointment: one, Organization: severalOrMore },
};

const response = { event: 'servicerequest-response', kinds: ['response'] } as const;

/** BaRS' MessageDefinitions, by what their focus demands, and our own. */
export const messageDefinitions: readonly MessageDefinitionRow[] = [
  referral,
  validation,
  cancelled,
  vcseReferral,
  vcseResponse,
  booking,
  bookingCancelled,
  {
    ...response,
    version: '1.0.0-beta',
    title: 'Answer to a referral',
    of: 'referral',
    url: `${nhs}servicerequest-response-referral`,
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
    ...response,
    version: '1.0.0-beta',
    title: 'Short answer to a referral',
    of: 'referral',
    url: `${nhs}servicerequest-response-referral-short`,
    cardinalities: { ...always, ...people, Encounter: [2, 2], Organization: severalOrMore },
  },
  {
    ...response,
    version: '1.1.0',
    title: 'Interim answer to a validation',
    of: 'validation',
    url: `${nhs}servicerequest-response-validation-interim`,
    cardinalities: { ...always, ...people, Encounter: [2, 2], Organization: some },
  },
  {
    ...response,
    version: '1.1.0',
    title: 'Answer to a validation',
    of: 'validation',
    url: `${nhs}servicerequest-response-validation-full`,
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
  const named = message.header.resource.definition;
  const definition = named === undefined ? impliedDefinition(message) : namedDefinition(message);
  return definition === cancelled && isUseCase(message.useCase, vcseUseCase) ? vcseCancelled : definition;
}

/**
 * Our own definitions ask less, therefore only our own use case may go by them; a referral is not answered by what answers a
 * validation. The other way round is taken: the short answer to a referral is what this server answers a validation without an
 * assessment by, too.
 */
export function isForItsCategory(definition: MessageDefinitionRow, message: Message): boolean {
  if (definition.of === 'vcse') return isUseCase(message.useCase, vcseUseCase);
  return (
    message.event !== 'servicerequest-response' || definition.of !== 'validation' || message.category === 'validation'
  );
}

/** The definitions that messages of a use case go by. */
export function definitionsFor(useCase: UseCase): MessageDefinitionRow[] {
  const category = categoryOf(useCase);
  return messageDefinitions.filter(({ of }) => of === category || (of === 'any' && category !== undefined));
}

/** Applications of BaRS: the fourth validates, all others refer. */
function categoryOf(useCase: UseCase): MessageDefinitionRow['of'] | undefined {
  if (isUseCase(useCase, vcseUseCase)) return 'vcse';
  if (!isSystem(useCase.system, barsUseCaseSystem)) return undefined;
  return useCase.code.startsWith('a4') ? 'validation' : 'referral';
}

function impliedDefinition(message: Message): MessageDefinitionRow | undefined {
  const kind = kindOf(message);
  const isOwn = isUseCase(message.useCase, vcseUseCase);
  switch (kind) {
    case 'new-referral':
      return isOwn ? vcseReferral : referral;
    case 'new-validation':
    case 'update':
      return validation;
    case 'cancellation':
      return cancelled;
    case 'new-booking':
      return booking;
    case 'booking-cancellation':
      return bookingCancelled;
    default:
      return undefined;
  }
}
