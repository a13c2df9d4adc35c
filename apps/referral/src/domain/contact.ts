import type { Communication, Encounter, Task } from 'fhir/r4';
import { idIn, parseDateTime } from '#fhir';
import { base, contactDueExtension } from './codes.js';
import { contactChannelSystem, withAttempt, withoutAttempt } from './contact-attempts.js';
import { extensionOf, withExtensions } from './extensions.js';
import { counted, type Readiness, readinessOf, uncounted, withContact } from './readiness.js';

export type Contact = Encounter | Communication;

export const contactResultSystem = `${base}/CodeSystem/contact-result`;
/** How it went: CodeableConcept, on a contact. */
export const contactResultExtension = `${base}/StructureDefinition/contact-result`;
/** The provider's Task that a contact is about, where its referral has several: Reference, on a contact. */
export const contactTaskExtension = `${base}/StructureDefinition/contact-task`;
/** In which language it was held: code of BCP 47, on a contact. */
export const contactLanguageExtension = `${base}/StructureDefinition/contact-language`;

export const channels = ['phone', 'video', 'visit', 'sms', 'email', 'letter', 'other'] as const;

export const contactResults = ['reached', 'refused', 'no-answer', 'message-left', 'wrong-number', 'other'] as const;
export type ContactResult = (typeof contactResults)[number];

/**
 * The Task after this contact; undefined where it says neither how ready the person is nor that nobody was reached, and where it
 * was a mistake.
 */
export function contacted(task: Task, contact: Contact, now: Date): Task | undefined {
  if (contact.status === 'entered-in-error') return undefined;
  const readiness = readinessOf(contact);
  if (readiness !== undefined) return reached(task, readiness, nextContactOf(contact));
  const result = resultOf(contact);
  if (result === undefined || result === 'reached' || result === 'refused') return undefined;
  return counted(withAttempt(task, { channel: channelOf(contact), at: contactedAt(contact) ?? now }));
}

function reached(task: Task, readiness: Readiness, next: string | undefined): Task {
  // What rests keeps the day on which somebody looks at it again.
  const agreed = task.status === 'on-hold' ? extensionOf(task, contactDueExtension)?.valueDate : undefined;
  const day = next ?? agreed;
  const due = day === undefined ? [] : [{ url: contactDueExtension, valueDate: day }];
  return withExtensions(withContact(task, readiness), contactDueExtension, due);
}

/** The Task without this attempt, which was a mistake; undefined where the Task holds no such attempt any more. */
export function takenBack(task: Task, contact: Contact): Task | undefined {
  if (readinessOf(contact) !== undefined) return undefined;
  const left = withoutAttempt(task, { channel: channelOf(contact), at: contactedAt(contact) });
  return left && uncounted(left);
}

/** How it went; undefined where nothing is said of it. */
export function resultOf(contact: Contact): ContactResult | undefined {
  const coding = extensionOf(contact, contactResultExtension)?.valueCodeableConcept?.coding;
  const code = coding?.find(({ system }) => system === contactResultSystem)?.code;
  return contactResults.find((one) => one === code);
}

/** By which channel; `other` where nothing is said of it. */
export function channelOf(contact: Contact): string {
  const concepts = contact.resourceType === 'Encounter' ? contact.type : contact.medium;
  const codings = (concepts ?? []).flatMap(({ coding = [] }) => coding);
  return codings.find(({ system }) => system === contactChannelSystem)?.code ?? 'other';
}

/** When it was; undefined where nothing is said of it. */
export function contactedAt(contact: Contact): Date | undefined {
  const said = contact.resourceType === 'Encounter' ? contact.period?.start : contact.sent;
  return said === undefined ? undefined : new Date(parseDateTime(said));
}

/** When the next one was agreed for: a date. */
export function nextContactOf(contact: Contact): string | undefined {
  return extensionOf(contact, contactDueExtension)?.valueDate;
}

/** Id of the Task that it names. */
export function taskOfContact(contact: Contact): string | undefined {
  return idIn(extensionOf(contact, contactTaskExtension)?.valueReference, 'Task');
}
