import { error, type Issue } from '#fhir';
import { type Message } from '../message.js';

/** Bookings are of the standard, but this server takes none yet. */
export function eventIsImplemented({ header, event }: Message): Issue[] {
  if (event !== 'booking-request' && event !== 'booking-response') return [];
  const found = `MessageHeader.eventCoding is ${event}`;
  const expression = `${header.path}.eventCoding.code`;
  return [error('not-supported', `${found}; this server takes service requests and no bookings.`, expression)];
}
