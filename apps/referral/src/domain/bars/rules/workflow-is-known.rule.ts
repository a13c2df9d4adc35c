import { error, type Issue, warning } from '#fhir';
import { type Message } from '../message.js';
import { bookings, isRequest, kindOf, workflows } from '../workflow.js';

/** Event, reason, category and ServiceRequest.status make one row of the decision table, or the message has no meaning. */
export function workflowIsKnown(message: Message): Issue[] {
  if (message.event === 'booking-request') return bookingIsKnown(message);
  const { reason, category, serviceRequest } = message;
  if (message.event !== 'servicerequest-request' || serviceRequest === undefined) return [];
  const kind = kindOf(message);
  const { status } = serviceRequest.resource;
  const expression = `${serviceRequest.path}.status`;
  if (!isRequest(kind)) {
    const combination = `reason ${String(reason)} with category ${String(category)} and ServiceRequest.status ${status}`;
    return [error('invariant', `There is no workflow for ${combination}.`, expression)];
  }
  const allowed = workflows[kind].serviceRequest;
  if (allowed.includes(status)) return [];
  return [error('invariant', `ServiceRequest.status is ${status}; a ${kind} has ${allowed.join(' or ')}.`, expression)];
}

/** A booking is made or cancelled; what else may be said of it, the standard has as a cancellation and a new one. */
function bookingIsKnown(message: Message): Issue[] {
  const { reason, appointment, header } = message;
  if (appointment === undefined) return [];
  const kind = kindOf(message);
  const { status } = appointment.resource;
  if (kind === undefined) {
    const allowed = `new has ${bookings['new-booking'].join(' or ')}, update has ${bookings['booking-cancellation'].join(' or ')}`;
    const said = `There is no workflow for reason ${String(reason)} with Appointment.status ${status}: ${allowed}.`;
    return [error('invariant', said, `${appointment.path}.status`)];
  }
  if (kind !== 'booking-cancellation' || reason !== 'new') return [];
  const said = 'A booking is cancelled with reason update, not new; it was taken as what its status says.';
  return [warning('invariant', said, `${header.path}.reason`)];
}
