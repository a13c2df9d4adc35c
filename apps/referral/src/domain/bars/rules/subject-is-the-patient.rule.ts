import { error, type Issue } from '#fhir';
import { isEntryOf, resolve, type Message } from '../message.js';

/** A referral for somebody else than the person it carries is the worst mistake there is. */
export function subjectIsThePatient(message: Message): Issue[] {
  if (message.event === 'booking-request') return participantIsThePatient(message);
  const { serviceRequest } = message;
  if (serviceRequest === undefined) return [];
  const { path, resource } = serviceRequest;
  const { subject } = resource as Partial<typeof resource>;
  if (subject?.reference === undefined) {
    return [error('required', 'ServiceRequest.subject has no reference.', `${path}.subject`)];
  }
  if (isEntryOf(resolve(message, subject), 'Patient')) return [];
  const expression = `${path}.subject.reference`;
  return [error('invalid', "ServiceRequest.subject is not this message's Patient.", expression)];
}

function participantIsThePatient(message: Message): Issue[] {
  const { appointment } = message;
  if (appointment === undefined) return [];
  const actors = appointment.resource.participant.map(({ actor }) => resolve(message, actor));
  if (actors.some((entry) => isEntryOf(entry, 'Patient'))) return [];
  const said = "No participant of the Appointment is this message's Patient.";
  return [error('required', said, `${appointment.path}.participant`)];
}
