import { error, type Issue } from '#fhir';
import { slotOf, type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { kindOf } from '../workflow.js';

/** A booking names the Slot that its sender found here. */
export function slotIsKnown(message: Message, { known }: MessageContext): Issue[] {
  if (kindOf(message) !== 'new-booking') return [];
  const slot = slotOf(message);
  if (slot !== undefined && known.slot(slot.id) !== undefined) return [];
  const said = 'This service has no such Slot; search for its Slots first and send the booking with the id of one.';
  return [error('not-found', said, slot?.path ?? `${message.appointment?.path ?? ''}.slot`)];
}

/** Nobody is booked where there is no place left. */
export function slotIsFree(message: Message, { known }: MessageContext): Issue[] {
  if (kindOf(message) !== 'new-booking') return [];
  const slot = slotOf(message);
  if (slot === undefined || known.slot(slot.id) !== 'full') return [];
  return [error('conflict', 'This Slot has no place left; search again and choose another one.', slot.path)];
}
