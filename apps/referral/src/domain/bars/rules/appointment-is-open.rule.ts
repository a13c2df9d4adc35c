import { error, type Issue } from '#fhir';
import { appointmentIdOf, type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { kindOf } from '../workflow.js';

/** A booking is cancelled by the id that the answer to it gave. */
export function appointmentIsKnown(message: Message, { known }: MessageContext): Issue[] {
  const { appointment } = message;
  if (appointment === undefined || kindOf(message) !== 'booking-cancellation') return [];
  if (known.appointment(appointmentIdOf(message) ?? '') !== undefined) return [];
  const said = 'This server has no such Appointment; read it first and send the cancellation with its id.';
  return [error('not-found', said, `${appointment.path}.id`)];
}

/** What has ended cannot be ended again. */
export function appointmentIsOpen(message: Message, { known }: MessageContext): Issue[] {
  const { appointment } = message;
  if (appointment === undefined || kindOf(message) !== 'booking-cancellation') return [];
  const status = known.appointment(appointmentIdOf(message) ?? '')?.status;
  if (status === undefined || ['proposed', 'pending', 'booked', 'waitlist'].includes(status)) return [];
  return [error('conflict', `The Appointment is ${status} here.`, `${appointment.path}.status`)];
}
