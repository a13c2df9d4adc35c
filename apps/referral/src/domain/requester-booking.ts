import type { Appointment, Slot, Task } from 'fhir/r4';
import { error, FhirError, parseDateTime, restrictedAs } from '#fhir';

/** As a requester may book it, the same as by message: one Slot, and nothing of attendance. */
export function isRequestersBooking({ status, slot = [] }: Appointment): boolean {
  return status === 'booked' && slot.length === 1;
}

/** A requester's session of this part: it is when its Slot is, and no less restricted than what it belongs to. */
export function sessionOfPart(appointment: Appointment, { start, end }: Slot, part: Task): Appointment {
  if (isOther(appointment.start, start) || isOther(appointment.end, end)) {
    const diagnostics = 'An Appointment is at the time of its Slot: start and end are those of the Slot.';
    throw new FhirError([error('business-rule', diagnostics, 'Appointment.start')], { status: 422 });
  }
  return restrictedAs(appointment, part);
}

function isOther(said: string | undefined, time: string): boolean {
  return said !== undefined && parseDateTime(said) !== parseDateTime(time);
}
