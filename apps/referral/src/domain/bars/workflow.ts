import type { Appointment, CarePlan, Encounter, ServiceRequest } from 'fhir/r4';
import { type MessageCategory } from './codes.js';
import { type Message } from './message.js';

export type RequestKind = 'new-referral' | 'new-validation' | 'cancellation' | 'update';
export type BookingKind = 'new-booking' | 'booking-cancellation';
export type MessageKind = RequestKind | 'response' | BookingKind;

interface Workflow {
  serviceRequest: readonly ServiceRequest['status'][];
  /** Of the sender's assessment, where the message carries it. */
  carePlan?: readonly CarePlan['status'][];
  encounter?: readonly Encounter['status'][];
}

/** The receiver's decision table of BaRS Core: which statuses go together in a request. */
export const workflows: Readonly<Record<RequestKind, Workflow>> = {
  'new-referral': { serviceRequest: ['active'], carePlan: ['completed'], encounter: ['triaged', 'finished'] },
  'new-validation': { serviceRequest: ['active'], carePlan: ['active'], encounter: ['triaged', 'in-progress'] },
  // revoked: it was meant, circumstances changed; entered-in-error: it was never meant
  cancellation: { serviceRequest: ['revoked', 'entered-in-error'] },
  update: { serviceRequest: ['active', 'on-hold'] },
};

/** Which statuses an Appointment has in a booking: the standard lets a requester book or cancel, and nothing else. */
export const bookings: Readonly<Record<BookingKind, readonly Appointment['status'][]>> = {
  'new-booking': ['booked', 'pending', 'proposed'],
  'booking-cancellation': ['cancelled', 'entered-in-error'],
};

export function isRequest(kind: MessageKind | undefined): kind is RequestKind {
  return kind !== undefined && kind in workflows;
}

const newKind: Readonly<Record<MessageCategory, MessageKind>> = {
  referral: 'new-referral',
  validation: 'new-validation',
};

/**
 * What the message is for; undefined for a combination that the decision table does not have. A `delete` counts as
 * an `update` that ends: the table knows no `delete`, the reason's code system and the standard's own example do.
 * A cancellation is one in either category: the standard's example of it is a validation. A booking whose Appointment
 * is cancelled is a cancellation, whatever its reason: an example of the standard says `new`.
 */
export function kindOf(message: Message): MessageKind | undefined {
  const { event, reason, category } = message;
  if (event === 'servicerequest-response') return 'response';
  if (event === 'booking-request') return bookingKindOf(message);
  if (event !== 'servicerequest-request' || reason === undefined) return undefined;
  if (reason === 'new') return category === undefined ? undefined : newKind[category];
  if (isCancelled(message)) return 'cancellation';
  return reason === 'update' && category === 'validation' ? 'update' : undefined;
}

/** A message that ends what was asked for: it must be heard, whatever it leaves out. */
export function isEnding(message: Message): boolean {
  const kind = kindOf(message);
  return kind === 'cancellation' || kind === 'booking-cancellation';
}

function isCancelled(message: Message): boolean {
  const status = message.serviceRequest?.resource.status;
  return status !== undefined && workflows.cancellation.serviceRequest.includes(status);
}

function bookingKindOf({ reason, appointment }: Message): BookingKind | undefined {
  const status = appointment?.resource.status;
  if (status === undefined || reason === undefined) return undefined;
  if (bookings['booking-cancellation'].includes(status)) return 'booking-cancellation';
  return reason === 'new' && bookings['new-booking'].includes(status) ? 'new-booking' : undefined;
}
