import { error, type Issue } from '#fhir';
import { entriesOf, type Message } from '../message.js';

/** Every definition has one ServiceRequest: with none or two, nothing says what is asked for. */
export function serviceRequestIsSingle(message: Message): Issue[] {
  if (message.event === 'booking-request') return appointmentIsSingle(message);
  const [first, second] = entriesOf(message, 'ServiceRequest');
  if (first === undefined) return [error('required', 'The message has no ServiceRequest.', 'Bundle.entry')];
  return second === undefined ? [] : [error('invariant', 'The message has more than one ServiceRequest.', second.path)];
}

/** A booking is of one Appointment; the referral that it belongs to may ride along. */
function appointmentIsSingle(message: Message): Issue[] {
  const [first, second] = entriesOf(message, 'Appointment');
  if (first === undefined) return [error('required', 'The message has no Appointment.', 'Bundle.entry')];
  return second === undefined ? [] : [error('invariant', 'The message has more than one Appointment.', second.path)];
}
