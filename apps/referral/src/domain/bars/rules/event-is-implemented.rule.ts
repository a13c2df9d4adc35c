import { error, type Issue } from '#fhir';
import { type Message } from '../message.js';

/** An answer to a booking is of the standard, but nothing says what it holds; here a booking is answered at once. */
export function eventIsImplemented({ header, event }: Message): Issue[] {
  if (event !== 'booking-response') return [];
  const found = `MessageHeader.eventCoding is ${event}`;
  const expression = `${header.path}.eventCoding.code`;
  return [
    error('not-supported', `${found}; this server answers bookings at once and awaits no answer to one.`, expression),
  ];
}
