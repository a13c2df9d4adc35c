import { error, type Issue } from '#fhir';
import { messageReasons, messageReasonSystem } from '../codes.js';
import { type Message } from '../message.js';

export function reasonIsKnown({ header, reason }: Message): Issue[] {
  if (reason !== undefined) return [];
  const expression = `${header.path}.reason`;
  const allowed = `give one of ${messageReasons.join(', ')} of ${messageReasonSystem}`;
  return header.resource.reason === undefined
    ? [error('required', `MessageHeader.reason is missing; ${allowed}.`, expression)]
    : [error('value', `MessageHeader.reason is not a reason of the standard; ${allowed}.`, expression)];
}
