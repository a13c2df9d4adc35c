import { isDeepStrictEqual } from 'node:util';
import type { Appointment } from 'fhir/r4';
import { error, FhirError, idIn, type Issue } from '#fhir';
import { elementsKept } from './same-element.js';
import type { Actor } from './transitions.js';

type Status = Appointment['status'];

/** The people of an Appointment; those who give it and rooms are not among them. */
export function patientsOf({ participant }: Appointment): string[] {
  return participant.map(({ actor }) => idIn(actor, 'Patient')).filter((id) => id !== undefined);
}

/** Why an Appointment cannot become this one. */
export function appointmentStays(before: Appointment, after: Appointment): Issue[] {
  if (isEnded(before.status) && !mayFollow(before.status, after.status)) {
    const diagnostics = `An Appointment that is ${before.status} stays so; book another one.`;
    return [error('business-rule', diagnostics, 'Appointment.status')];
  }
  const elements = elementsKept([before, after], ['basedOn', 'slot'], 'stays; cancel this one and book another.');
  if (isDeepStrictEqual(patientsOf(before), patientsOf(after))) return elements;
  const diagnostics = 'The Patient of an Appointment stays; cancel this one and book another.';
  return [...elements, error('business-rule', diagnostics, 'Appointment.participant')];
}

/** Throws where the change is not this side's: attendance is the provider's to say, the requester may cancel. */
export function refuseOthersChange(before: Appointment, after: Appointment, actors: readonly Actor[]): void {
  if (actors.includes('provider')) return;
  if (actors.includes('requester') && isCancelling(before, after)) return;
  throw FhirError.of(
    'forbidden',
    'An Appointment is changed by the organisation that gives the session; the requesting side may cancel it.',
    { expression: 'Appointment.status' },
  );
}

/** The published type of the change. */
export function appointmentEvent(before: Appointment, after: Appointment): string {
  if (before.status === after.status) return 'appointment-updated.v1';
  const names: Partial<Record<Status, string>> = {
    arrived: 'appointment-attended.v1',
    fulfilled: 'appointment-attended.v1',
    noshow: 'appointment-missed.v1',
    cancelled: 'appointment-cancelled.v1',
  };
  return names[after.status] ?? 'appointment-updated.v1';
}

/** What ended stays so: a place that was given back is booked anew. */
function isEnded(status: Status): boolean {
  return ['cancelled', 'noshow', 'fulfilled', 'entered-in-error'].includes(status);
}

/** Attendance that was ticked wrongly may be put right, and anything that ended may turn out never to have been. */
function mayFollow(before: Status, after: Status): boolean {
  if (after === before || after === 'entered-in-error') return true;
  return (before === 'noshow' && after === 'fulfilled') || (before === 'fulfilled' && after === 'noshow');
}

function isCancelling(before: Appointment, after: Appointment): boolean {
  if (isEnded(before.status) || !['cancelled', 'entered-in-error'].includes(after.status)) return false;
  return isDeepStrictEqual(besidesCancelling(before), besidesCancelling(after));
}

const saidInCancelling = ['status', 'cancelationReason', 'meta', 'text'];

function besidesCancelling(appointment: Appointment) {
  return Object.fromEntries(Object.entries(appointment).filter(([element]) => !saidInCancelling.includes(element)));
}
