import type { Patient } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { isAnotherPerson } from '../../same-person.js';
import { entriesOf, isEntryOf, resolve, type Message, type MessageEntry } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { kindOf } from '../workflow.js';

/** What is said of one person is never written into the referral of another, and ends none. */
export function patientIsTheOneKnown(message: Message, { known }: MessageContext): Issue[] {
  const kind = kindOf(message);
  const patient = patientOf(message);
  if (kind === 'new-referral' || kind === 'new-validation' || !known.person || !patient) return [];
  if (!isAnotherPerson(known.person, patient.resource)) return [];
  const said = 'The referral here is of another person than the Patient of this message; check which of them is meant.';
  return [error('conflict', said, patient.path)];
}

function patientOf(message: Message): MessageEntry<Patient> | undefined {
  const subject = resolve(message, message.serviceRequest?.resource.subject);
  if (message.event !== 'booking-request') return isEntryOf(subject, 'Patient') ? subject : undefined;
  return entriesOf(message, 'Patient')[0];
}
