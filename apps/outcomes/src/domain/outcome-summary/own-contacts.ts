import { idIn } from '#fhir';
import type { ReferralRecord } from './referral-record.js';
import type { Contact } from './summary-input.js';

/**
 * Those of this person. One that names somebody else, or whom nobody here can tell, is left out: told it would mix two people,
 * and a letter that is not written for its sake helps nobody. One that was an error counts for nothing.
 */
export function ownContacts({ contacts, patient, serviceRequest }: ReferralRecord): Contact[] {
  const isOfReferral = ({ basedOn = [] }: Contact) =>
    basedOn.some((reference) => idIn(reference, 'ServiceRequest') === serviceRequest.id);
  return contacts.filter(
    (contact) => contact.status !== 'entered-in-error' && isOfReferral(contact) && !namesOther(contact, patient.id),
  );
}

/** What hangs on a referral and names nobody is about the person of the referral. */
export function namesOther({ subject }: Contact, patientId: string | undefined): boolean {
  return subject !== undefined && idIn(subject, 'Patient') !== patientId;
}
