import { idIn } from '#fhir';
import { taskOfContact } from './contact.js';
import { mistakenParts } from './referral-offers.js';
import type { ReferralRecord } from './referral-record.js';
import type { Contact } from './summary-input.js';

/**
 * Those of this person. One that names somebody else, or whom nobody here can tell, is left out: told it would mix two people,
 * and a letter that is not written for its sake helps nobody. One that was an error counts for nothing, nor does one about a
 * part that was.
 */
export function ownContacts(record: ReferralRecord): Contact[] {
  const { contacts, patient, serviceRequest } = record;
  const mistakes = mistakenParts(record).map(({ id }) => id);
  const isOfReferral = ({ basedOn = [] }: Contact) =>
    basedOn.some((reference) => idIn(reference, 'ServiceRequest') === serviceRequest.id);
  const isMistaken = (contact: Contact) =>
    contact.status === 'entered-in-error' || mistakes.some((id) => id !== undefined && id === taskOfContact(contact));
  return contacts.filter(
    (contact) => isOfReferral(contact) && !isMistaken(contact) && !namesOther(contact, patient.id),
  );
}

/** What hangs on a referral and names nobody is about the person of the referral. */
export function namesOther({ subject }: Contact, patientId: string | undefined): boolean {
  return subject !== undefined && idIn(subject, 'Patient') !== patientId;
}
