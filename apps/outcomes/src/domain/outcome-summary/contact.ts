import type { CodeableConcept, Coding } from 'fhir/r4';
import { idIn } from '#fhir';
import type { Contact } from './summary-input.js';

const base = 'https://ginnel.org.uk/fhir';
const happened: readonly string[] = [
  'arrived',
  'triaged',
  'in-progress',
  'onleave',
  'finished',
  'completed',
] satisfies Contact['status'][];
const reachedNobody: readonly string[] = ['no-answer', 'message-left', 'wrong-number'];

/**
 * True for a contact with the person, or an attempt, that happened. A Communication is one by the rule of the contact log: it
 * names its channel, how it went or how ready the person was; others tell a practice something, or what was given.
 */
export function isContact(contact: Contact): boolean {
  if (!happened.includes(contact.status)) return false;
  if (contact.resourceType === 'Encounter' || channelOf(contact)) return true;
  return [`${base}/StructureDefinition/contact-result`, `${base}/StructureDefinition/readiness`].some(
    (url) => conceptOf(contact, url) !== undefined,
  );
}

/** True for an attempt: as far as it is said, the person was not reached. */
export function isAttempt(contact: Contact): boolean {
  const { coding = [] } = conceptOf(contact, `${base}/StructureDefinition/contact-result`) ?? {};
  return coding.some(
    ({ system, code = '' }) => system === `${base}/CodeSystem/contact-result` && reachedNobody.includes(code),
  );
}

/** Of Ginnel's channels, where it names one. */
export function channelOf(contact: Contact): Coding | undefined {
  const said = contact.resourceType === 'Communication' ? contact.medium : contact.type;
  return said
    ?.flatMap(({ coding = [] }) => coding)
    .find(({ system }) => system === `${base}/CodeSystem/contact-channel`);
}

/** Id of the Task that it names. */
export function taskOfContact({ extension = [] }: Contact): string | undefined {
  const named = extension.find(({ url }) => url === `${base}/StructureDefinition/contact-task`);
  return idIn(named?.valueReference, 'Task');
}

function conceptOf({ extension = [] }: Contact, wanted: string): CodeableConcept | undefined {
  return extension.find(({ url }) => url === wanted)?.valueCodeableConcept;
}
