import { error, type Issue } from '#fhir';
import { messageEvents, messageEventSystem } from '../codes.js';
import { type Message } from '../message.js';

export function eventIsKnown({ header, event }: Message): Issue[] {
  if (event !== undefined) return [];
  const expression = `${header.path}.eventCoding`;
  const allowed = `give one of ${messageEvents.join(', ')} of ${messageEventSystem}`;
  return header.resource.eventCoding === undefined
    ? [error('required', `MessageHeader.eventCoding is missing; ${allowed}.`, expression)]
    : [error('not-supported', `MessageHeader.eventCoding is not an event of the standard; ${allowed}.`, expression)];
}
