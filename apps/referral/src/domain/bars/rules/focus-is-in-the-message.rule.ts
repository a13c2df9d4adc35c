import { error, type Issue } from '#fhir';
import { type MessageEvent } from '../codes.js';
import { resolve, type Message } from '../message.js';

const focusOf: Readonly<Record<MessageEvent, readonly string[]>> = {
  'servicerequest-request': ['ServiceRequest'],
  'servicerequest-response': ['ServiceRequest', 'Encounter'],
  'booking-request': ['Appointment'],
  'booking-response': ['Appointment'],
};

/** A request is about its ServiceRequest; an answer may be about the receiver's Encounter instead. */
export function focusIsInTheMessage(message: Message): Issue[] {
  const { header, event } = message;
  const focus = header.resource.focus ?? [];
  if (focus.length === 0) return [error('required', 'MessageHeader.focus is missing.', `${header.path}.focus`)];
  const found = focus.map((reference) => resolve(message, reference));
  const nowhere = found.indexOf(undefined);
  if (nowhere >= 0) {
    const expression = `${header.path}.focus[${String(nowhere)}].reference`;
    return [error('invalid', 'MessageHeader.focus refers to no entry of this message.', expression)];
  }
  const allowed = focusOf[event ?? 'servicerequest-request'];
  if (found.some((entry) => allowed.includes(entry?.resource.resourceType ?? ''))) return [];
  return [error('invalid', `MessageHeader.focus is no ${allowed.join(' or ')}.`, `${header.path}.focus[0].reference`)];
}
