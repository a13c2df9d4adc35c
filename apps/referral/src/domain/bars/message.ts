import type {
  Appointment,
  Bundle,
  CodeableConcept,
  Coding,
  Encounter,
  FhirResource,
  Identifier,
  MessageHeader,
  Reference,
  ServiceRequest,
} from 'fhir/r4';
import { resourceIdOf } from '#fhir';
import {
  barsUseCaseSystem,
  isSystem,
  messageCategories,
  messageCategorySystem,
  messageEvents,
  messageEventSystem,
  messageReasons,
  messageReasonSystem,
  oneOf,
  referralUseCaseSystem,
  type MessageCategory,
  type MessageEvent,
  type MessageReason,
  type UseCase,
} from './codes.js';

type ResourceType = FhirResource['resourceType'];
type ResourceOf<Type extends ResourceType> = Extract<FhirResource, { resourceType: Type }>;

/** A resource of the message and where it stands: `Bundle.entry[3].resource`. */
export interface MessageEntry<R extends FhirResource = FhirResource> {
  resource: R;
  path: string;
  fullUrl: string | undefined;
}

/** A message Bundle, opened: https://hl7.org/fhir/R4/messaging.html */
export interface Message {
  bundle: Bundle;
  header: MessageEntry<MessageHeader>;
  entries: readonly MessageEntry[];
  /** By each name that a reference may have for it: its fullUrl in small letters, and `Type/id`. */
  named: ReadonlyMap<string, MessageEntry>;
  event: MessageEvent | undefined;
  reason: MessageReason | undefined;
  serviceRequest: MessageEntry<ServiceRequest> | undefined;
  /** What a booking is about. */
  appointment: MessageEntry<Appointment> | undefined;
  category: MessageCategory | undefined;
  useCase: UseCase | undefined;
}

/** The Bundle as a message; undefined where its first entry is no MessageHeader. */
export function openMessage(bundle: Bundle): Message | undefined {
  const entries = entriesIn(bundle);
  const [header] = entries;
  if (!isEntryOf(header, 'MessageHeader') || header.path !== 'Bundle.entry[0].resource') return undefined;
  const serviceRequest = entries.find((entry) => isEntryOf(entry, 'ServiceRequest'));
  const appointment = entries.find((entry) => isEntryOf(entry, 'Appointment'));
  return {
    bundle,
    header,
    entries,
    named: namedEntries(entries),
    event: eventOf(header.resource),
    reason: reasonOf(header.resource),
    serviceRequest,
    appointment,
    category: categoryOf(serviceRequest?.resource),
    useCase: useCaseOf(serviceRequest?.resource.category) ?? bookedUseCase(appointment?.resource),
  };
}

export function entriesIn(bundle: Bundle): MessageEntry[] {
  return (bundle.entry ?? []).flatMap((entry, index) =>
    entry.resource === undefined
      ? []
      : [
          {
            resource: entry.resource as FhirResource,
            path: `Bundle.entry[${String(index)}].resource`,
            fullUrl: entry.fullUrl,
          },
        ],
  );
}

export function entriesOf<Type extends ResourceType>(message: Message, type: Type): MessageEntry<ResourceOf<Type>>[] {
  return message.entries.filter((entry) => isEntryOf(entry, type));
}

/** The entry that a reference means, by fullUrl or by type and id, which may stand in the fullUrl alone; undefined where it is not in the message. */
export function resolve(message: Message, reference: Reference | undefined): MessageEntry | undefined {
  const literal = reference?.reference;
  if (literal === undefined) return undefined;
  const id = resourceIdOf(literal);
  return message.named.get(literal.toLowerCase()) ?? (id && message.named.get(`${id.type}/${id.id}`));
}

/** The Encounters that a message is about, and those of them that are not the assessment of who asked. */
export function focusedEncounters(message: Message): Record<'all' | 'receivers', MessageEntry<Encounter>[]> {
  const focus = (message.header.resource.focus ?? []).map((reference) => resolve(message, reference));
  const all = focus.filter((entry) => isEntryOf(entry, 'Encounter'));
  const senders = resolve(message, message.serviceRequest?.resource.encounter);
  return { all, receivers: all.filter((entry) => entry !== senders) };
}

/** Of two by one name the first counts. */
function namedEntries(entries: readonly MessageEntry[]): ReadonlyMap<string, MessageEntry> {
  const names = entries.flatMap((entry): [string, MessageEntry][] => [
    [`${entry.resource.resourceType}/${entryIdOf(entry) ?? ''}`, entry],
    ...(entry.fullUrl === undefined ? [] : [[entry.fullUrl.toLowerCase(), entry] as [string, MessageEntry]]),
  ]);
  return new Map(names.reverse());
}

export function isEntryOf<Type extends ResourceType>(
  entry: MessageEntry | undefined,
  type: Type,
): entry is MessageEntry<ResourceOf<Type>> {
  return entry?.resource.resourceType === type;
}

/** The id by which a message speaks of its ServiceRequest: its own, or, in a message of no ids, its fullUrl's UUID. */
export function serviceRequestIdOf(message: Message): string | undefined {
  return entryIdOf(message.serviceRequest);
}

/** The id by which a message speaks of its Appointment, as it does of its ServiceRequest. */
export function appointmentIdOf(message: Message): string | undefined {
  return entryIdOf(message.appointment);
}

/** By what a message speaks of something that may be here already. */
export interface ResourceNames {
  /** What weighs more first. */
  ids: readonly string[];
  identifiers: readonly Identifier[];
  /** It is here, or its sender is wrong: a fullUrl alone may be the message's own word. */
  isMeantHere: boolean;
  path: string;
}

/** How a message names its ServiceRequest. A booking need not bring the one that it is based on, and may name it by its address here. */
export function requestNamesOf(message: Message, baseUrl?: string): ResourceNames | undefined {
  const { appointment, serviceRequest, event } = message;
  if (event !== 'booking-request' || appointment === undefined) return entryNamesOf(serviceRequest);
  const [basedOn] = appointment.resource.basedOn ?? [];
  const brought = resolve(message, basedOn) ?? (basedOn === undefined ? serviceRequest : undefined);
  return brought || basedOn === undefined
    ? entryNamesOf(brought)
    : referenceNamesOf(basedOn, { path: `${appointment.path}.basedOn[0]`, baseUrl });
}

function referenceNamesOf(
  { reference = '', identifier }: Reference,
  { path, baseUrl }: { path: string; baseUrl: string | undefined },
): ResourceNames {
  const named = resourceIdOf(withoutBase(reference, baseUrl));
  const ids = named?.type === 'ServiceRequest' ? [named.id] : [];
  const identifiers = identifier ? [identifier] : [];
  // Of another server it is none of ours, and no other is meant in its place.
  const isElsewhere = /^https?:.*\/ServiceRequest\//.test(reference);
  return { ids, identifiers, isMeantHere: isElsewhere || ids.length + identifiers.length > 0, path };
}

function withoutBase(reference: string, baseUrl: string | undefined): string {
  return baseUrl !== undefined && reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
}

/** How a message names its Appointment. */
export function appointmentNamesOf({ appointment }: Message): ResourceNames | undefined {
  return entryNamesOf(appointment);
}

function entryNamesOf(entry: MessageEntry | undefined): ResourceNames | undefined {
  if (entry === undefined) return undefined;
  const { identifier: identifiers = [] } = entry.resource as { identifier?: readonly Identifier[] };
  const isMeantHere = entry.resource.id !== undefined || identifiers.length > 0;
  return { ids: entryIdsOf(entry), identifiers, isMeantHere, path: `${entry.path}.id` };
}

/** The Slot that a booking asks for: the one that it brings, otherwise the literal that its Appointment names. */
export function slotOf(message: Message): { id: string; path: string } | undefined {
  const { appointment } = message;
  const reference = appointment?.resource.slot?.[0];
  if (appointment === undefined || reference === undefined) return undefined;
  const brought = resolve(message, reference);
  const id = brought === undefined ? slotIdIn(reference) : entryIdOf(brought);
  const path = brought === undefined ? `${appointment.path}.slot[0].reference` : `${brought.path}.id`;
  return id === undefined ? undefined : { id, path };
}

function slotIdIn({ reference = '' }: Reference): string | undefined {
  const named = resourceIdOf(reference);
  return named?.type === 'Slot' ? named.id : undefined;
}

/** What a ServiceRequest asks for that is here already: what came otherwise than by a message and says no category is a referral. */
export function askedBy(serviceRequest: ServiceRequest): { category: MessageCategory; useCase?: UseCase } {
  const useCase = useCaseOf(serviceRequest.category);
  return { category: categoryOf(serviceRequest) ?? 'referral', ...(useCase ? { useCase } : {}) };
}

/** The id by which a message speaks of a resource: its own, or its fullUrl's UUID. */
export function entryIdOf(entry: Pick<MessageEntry, 'resource' | 'fullUrl'> | undefined): string | undefined {
  return entryIdsOf(entry)[0];
}

/** Both, where they differ: senders have ids of their own beside the name that was given here, in either place. */
export function entryIdsOf(entry: Pick<MessageEntry, 'resource' | 'fullUrl'> | undefined): string[] {
  const ids = [entry?.resource.id, entry?.fullUrl?.replace(/^.*[:/]/, '')];
  return [...new Set(ids.filter((id) => id !== undefined))];
}

function eventOf(header: MessageHeader): MessageEvent | undefined {
  const coding = header.eventCoding;
  return isSystem(coding?.system, messageEventSystem) ? oneOf(coding?.code, messageEvents) : undefined;
}

function reasonOf(header: MessageHeader): MessageReason | undefined {
  const coding = header.reason?.coding?.find(({ system }) => isSystem(system, messageReasonSystem));
  return oneOf(coding?.code, messageReasons);
}

function categoryOf(serviceRequest: ServiceRequest | undefined): MessageCategory | undefined {
  const codings = serviceRequest?.category?.[0]?.coding ?? [];
  return oneOf(codings.find(({ system }) => isSystem(system, messageCategorySystem))?.code, messageCategories);
}

/**
 * The coding beside the message category, the standard's or our own first, for others may stand there too: whose code system it
 * is does not matter here, the service decides.
 */
function useCaseOf(category: readonly CodeableConcept[] = []): UseCase | undefined {
  const others = (category[0]?.coding ?? []).filter(
    ({ system }) => system !== undefined && !isSystem(system, messageCategorySystem),
  );
  return asUseCase(others.find(isOfUseCases) ?? others[0]);
}

/** An Appointment's categories are any of the service; the use case is one of them, or it is left out. */
function bookedUseCase({ serviceCategory = [] }: Pick<Appointment, 'serviceCategory'> = {}): UseCase | undefined {
  return asUseCase(serviceCategory.flatMap(({ coding = [] }) => coding).find(isOfUseCases));
}

function isOfUseCases({ system }: Coding): boolean {
  return [barsUseCaseSystem, referralUseCaseSystem].some((known) => isSystem(system, known));
}

function asUseCase({ system, code }: Coding = {}): UseCase | undefined {
  return system === undefined || code === undefined ? undefined : { system, code };
}
