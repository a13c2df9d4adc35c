import type {
  Appointment,
  Bundle,
  CarePlan,
  Condition,
  Consent,
  Encounter,
  FhirResource,
  HealthcareService,
  Identifier,
  Location,
  MessageHeader,
  Organization,
  Patient,
  Practitioner,
  PractitionerRole,
  QuestionnaireResponse,
  Reference,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { FhirError, normaliseIdentifierSystem } from '#fhir';
import { type MessageCategory, type UseCase } from './codes.js';
import {
  entriesOf,
  focusedEncounters,
  isEntryOf,
  openMessage,
  resolve,
  serviceRequestIdOf,
  type Message,
} from './message.js';
import { type ServiceAddress } from './message-context.js';
import { serviceAddressOf } from './service-address.js';
import { kindOf, type MessageKind } from './workflow.js';

/** What every message has that was accepted. Its resources are as they were sent, references and all. */
export interface ReadMessage {
  kind: MessageKind;
  bundle: Bundle;
  bundleId: string;
  timestamp: string;
  header: MessageHeader;
  /** MessageHeader.source.endpoint: where everything goes that is sent back later. */
  returnAddress: string;
  destination: ServiceAddress | undefined;
  patient: Patient;
  /** The sender's assessment: ServiceRequest.encounter, or else the first Encounter. */
  encounter: Encounter | undefined;
  /** The resource of this message that a reference means. */
  resolve: (reference: Reference | undefined) => FhirResource | undefined;
  /** The name by which the rest of the message refers to a resource. */
  fullUrlOf: (resource: FhirResource) => string | undefined;
}

/** A booking, taken apart. */
export interface BookingMessage extends ReadMessage {
  appointment: Appointment;
  /** The referral that it belongs to, where it says so. */
  serviceRequest: ServiceRequest | undefined;
}

/** A message about a referral, taken apart. */
export interface ReferralMessage extends ReadMessage {
  /** The Bundle.id of the message that this one answers. */
  answeredMessageId: string | undefined;
  sender: Organization | undefined;
  /** Of the sending organisation, systems in their published spelling. */
  senderIdentifiers: readonly Identifier[];
  category: MessageCategory | undefined;
  useCase: UseCase | undefined;
  serviceRequest: ServiceRequest;
  /** The id by which the sender speaks of it: a cancellation's target. */
  serviceRequestId: string | undefined;
  /** All of them, the sender's included: an answer carries the receiver's too. */
  encounters: readonly Encounter[];
  /** Of an answer: the receiver's, which it is about. */
  receiversEncounter: Encounter | undefined;
  carePlan: CarePlan | undefined;
  tasks: readonly Task[];
  conditions: readonly Condition[];
  consents: readonly Consent[];
  practitioners: readonly Practitioner[];
  practitionerRoles: readonly PractitionerRole[];
  organizations: readonly Organization[];
  healthcareServices: readonly HealthcareService[];
  locations: readonly Location[];
  questionnaireResponses: readonly QuestionnaireResponse[];
  /** Every resource that has no place above: observations, flags, medication and what else rides along. */
  others: readonly FhirResource[];
}

/** Takes a message apart that judgeMessage accepted; throws where it has no header, ServiceRequest or Patient. */
export function readReferral(bundle: Bundle): ReferralMessage {
  const message = openMessage(bundle);
  const kind = message === undefined ? undefined : kindOf(message);
  if (message === undefined || kind === undefined) throw notAMessage('a MessageHeader of a known workflow');
  return { kind, ...envelopeOf(message), ...requestOf(message), ...partsOf(message), ...linksOf(message) };
}

/** Takes a booking apart that judgeMessage accepted; throws where it has no header, Appointment or Patient. */
export function readBooking(bundle: Bundle): BookingMessage {
  const message = openMessage(bundle);
  const kind = message === undefined ? undefined : kindOf(message);
  const appointment = message?.appointment?.resource;
  if (message === undefined || kind === undefined || appointment === undefined) throw notAMessage('an Appointment');
  const [patient] = resourcesOf(message, 'Patient');
  if (patient === undefined) throw notAMessage('a Patient');
  const serviceRequest = message.serviceRequest?.resource;
  const encounter = resourcesOf(message, 'Encounter')[0];
  return { kind, appointment, serviceRequest, patient, encounter, ...envelopeOf(message), ...linksOf(message) };
}

function envelopeOf(message: Message) {
  const { bundle, header } = message;
  const sender = resolve(message, header.resource.sender);
  const organization = isEntryOf(sender, 'Organization') ? sender.resource : undefined;
  return {
    bundle,
    bundleId: bundle.id ?? '',
    timestamp: bundle.timestamp ?? '',
    header: header.resource,
    returnAddress: header.resource.source.endpoint,
    destination: serviceAddressOf(header.resource.destination?.[0]?.endpoint),
    answeredMessageId: header.resource.response?.identifier,
    sender: organization,
    senderIdentifiers: (organization?.identifier ?? []).map(normalised),
  };
}

function requestOf(message: Message) {
  const serviceRequest = message.serviceRequest?.resource;
  const [patient] = resourcesOf(message, 'Patient');
  if (serviceRequest === undefined || patient === undefined) throw notAMessage('a ServiceRequest and a Patient');
  const encounters = resourcesOf(message, 'Encounter');
  const assessment = resolve(message, serviceRequest.encounter);
  return {
    serviceRequest,
    serviceRequestId: serviceRequestIdOf(message),
    category: message.category,
    useCase: message.useCase,
    patient,
    encounter: isEntryOf(assessment, 'Encounter') ? assessment.resource : encounters[0],
    encounters,
    receiversEncounter: focusedEncounters(message).receivers[0]?.resource,
  };
}

function partsOf(message: Message) {
  return {
    carePlan: resourcesOf(message, 'CarePlan')[0],
    tasks: resourcesOf(message, 'Task'),
    conditions: resourcesOf(message, 'Condition'),
    consents: resourcesOf(message, 'Consent'),
    practitioners: resourcesOf(message, 'Practitioner'),
    practitionerRoles: resourcesOf(message, 'PractitionerRole'),
    organizations: resourcesOf(message, 'Organization'),
    healthcareServices: resourcesOf(message, 'HealthcareService'),
    locations: resourcesOf(message, 'Location'),
    questionnaireResponses: resourcesOf(message, 'QuestionnaireResponse'),
    others: message.entries.map(({ resource }) => resource).filter(({ resourceType }) => !placed.has(resourceType)),
  };
}

const placed: ReadonlySet<FhirResource['resourceType']> = new Set([
  'MessageHeader',
  'ServiceRequest',
  'Patient',
  'Encounter',
  'CarePlan',
  'Task',
  'Condition',
  'Consent',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'HealthcareService',
  'Location',
  'QuestionnaireResponse',
]);

function linksOf(message: Message) {
  const fullUrls = new Map(message.entries.map(({ resource, fullUrl }) => [resource, fullUrl]));
  return {
    resolve: (reference: Reference | undefined) => resolve(message, reference)?.resource,
    fullUrlOf: (resource: FhirResource) => fullUrls.get(resource),
  };
}

function resourcesOf<Type extends FhirResource['resourceType']>(message: Message, type: Type) {
  return entriesOf(message, type).map(({ resource }) => resource);
}

function normalised(identifier: Identifier): Identifier {
  const { system } = identifier;
  return system === undefined ? identifier : { ...identifier, system: normaliseIdentifierSystem(system) };
}

function notAMessage(lacking: string): FhirError {
  return FhirError.of(
    'invariant',
    `The Bundle is read as a referral message before it was judged: it lacks ${lacking}.`,
  );
}
