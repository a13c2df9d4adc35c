import type { Appointment, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { dayOf } from '../evaluation/calendar.js';
import { outputsOf } from '../programme.js';
import { day } from './narrative.js';
import { hasBegun, wasTakenUp } from './part-work.js';
import type { Offer } from './summary-input.js';

const notRecorded = 'not recorded';

/**
 * Of a part: attended, missed, cancelled, to come, first and last attended. A session need not be kept as an Appointment: where
 * none tells who came, the cells say what the provider says, or that it is not recorded. None is said only of what never began.
 */
export function partCells({ task, appointments }: Offer, patientId: string): string[] {
  const sessions = sessionsOf(appointments, patientId);
  const isKept = (['attended', 'missed'] as const).some((kind) => sessions[kind].length > 0);
  if (isKept) return sessionCells(appointments, patientId);
  const others = wasTakenUp(task) ? notRecorded : '0';
  const countOf = (kind: Session) => (appointments.length > 0 ? String(sessions[kind].length) : others);
  const [attended, days] = hasBegun(task) ? [notRecorded, notRecorded] : ['0', 'none'];
  return [reportedText(task) ?? attended, others, countOf('cancelled'), countOf('to-come'), days];
}

/** The same of sessions of which it is known who came. */
export function sessionCells(appointments: readonly Appointment[], patientId: string): string[] {
  const sessions = sessionsOf(appointments, patientId);
  const attended = sessions.attended.flatMap(({ start }) => dayOf(start) ?? []).sort();
  return [
    ...(['attended', 'missed', 'cancelled', 'to-come'] as const).map((kind) => String(sessions[kind].length)),
    attended.length === 0 ? 'none' : `${day(attended[0])} to ${day(attended.at(-1))}`,
  ];
}

/** How many the provider says there were. */
function reportedText(task: Task): string | undefined {
  const countOf = (code: string) => outputsOf(task, code)[0]?.valueUnsignedInt;
  const [offered, attended] = [countOf('sessions-offered'), countOf('sessions-attended')];
  if (attended === undefined && offered === undefined) return undefined;
  const text = attended === undefined ? notRecorded : String(attended);
  return offered === undefined ? text : `${text} of ${String(offered)}`;
}

type Session = 'attended' | 'missed' | 'cancelled' | 'to-come' | 'not-counted';

function sessionsOf(appointments: readonly Appointment[], patientId: string): Record<Session, Appointment[]> {
  const of = (kind: Session) => appointments.filter((appointment) => sessionOf(appointment, patientId) === kind);
  return {
    attended: of('attended'),
    missed: of('missed'),
    cancelled: of('cancelled'),
    'to-come': of('to-come'),
    'not-counted': of('not-counted'),
  };
}

/** A session by its status, unless the person had declined it. */
function sessionOf({ status, participant }: Appointment, patientId: string): Session {
  const declined = participant.some((one) => one.status === 'declined' && idIn(one.actor, 'Patient') === patientId);
  switch (status) {
    case 'entered-in-error':
      return 'not-counted';
    case 'arrived':
    case 'checked-in':
    case 'fulfilled':
      return declined ? 'cancelled' : 'attended';
    case 'noshow':
      return declined ? 'cancelled' : 'missed';
    case 'cancelled':
      return 'cancelled';
    default:
      return declined ? 'cancelled' : 'to-come';
  }
}
