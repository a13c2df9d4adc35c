import type { CodeableConcept, Consent, Flag, Period, ServiceRequest } from 'fhir/r4';
import { idIn, parseDateTime } from '#fhir';
import { type Contact, contactedAt } from './contact.js';
import { hasCode } from './codes.js';

/** https://hl7.org/fhir/us/sdoh-clinicalcare/ : of a Flag about the person, or of ServiceRequest.orderDetail. */
export const doNotContactSystem = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
export const doNotContactCode = 'contacting-subject-prohibited';

export function saysDoNotContact(concept: CodeableConcept | undefined): boolean {
  return hasCode(concept, doNotContactSystem, doNotContactCode);
}

/** Whether the person may not be contacted at this moment. */
export function mayNotBeContacted(
  { flags, request }: { flags: readonly Flag[]; request?: ServiceRequest | undefined },
  at: Date,
): boolean {
  if (request?.orderDetail?.some(saysDoNotContact) === true) return true;
  return flags.some(({ status, code, period }) => status === 'active' && saysDoNotContact(code) && holds(period, at));
}

/** Those close to the person with whom a Consent of theirs forbids contact: ids of RelatedPerson. */
export function forbiddenHelpers(consents: readonly Consent[], at: Date): string[] {
  return consents.flatMap(({ status, provision }) => {
    if (status !== 'active' || provision?.type !== 'deny' || !holds(provision.period, at)) return [];
    return (provision.actor ?? []).flatMap(({ reference }) => idIn(reference, 'RelatedPerson') ?? []);
  });
}

/** RelatedPersons to whom it was sent, or with whom it was held. */
export function helpersIn(contact: Contact): string[] {
  const named =
    contact.resourceType === 'Encounter'
      ? (contact.participant ?? []).map(({ individual }) => individual)
      : (contact.recipient ?? []);
  return named.flatMap((reference) => idIn(reference, 'RelatedPerson') ?? []);
}

/** They turned to us: what a person says of their own accord is kept. */
export function isFromThem(contact: Contact): boolean {
  if (contact.resourceType === 'Encounter') return false;
  return ['Patient', 'RelatedPerson'].some((type) => idIn(contact.sender, type) !== undefined);
}

/** When it takes effect: what was before a prohibition is still recorded. */
export function momentOf(contact: Contact, now: Date): Date {
  const at = contactedAt(contact);
  return at !== undefined && !Number.isNaN(at.getTime()) ? at : now;
}

function holds({ start, end }: Period = {}, at: Date): boolean {
  const [from, until] = [start, end].map((one) => (one === undefined ? undefined : parseDateTime(one)));
  return (from === undefined || from <= at.getTime()) && (until === undefined || at.getTime() <= endOf(end, until));
}

const dayMs = 86_400_000;

/** A date holds until its day is over. */
function endOf(written: string | undefined, at: number): number {
  return written !== undefined && /^\d{4}-\d\d-\d\d$/.test(written) ? at + dayMs - 1 : at;
}
