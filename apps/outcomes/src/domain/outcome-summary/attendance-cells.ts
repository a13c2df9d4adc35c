import type { Appointment, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { dayOf, instantOf } from '../evaluation/calendar.js';
import { outputsOf } from '../programme.js';
import { day } from './narrative.js';
import { hasBegun, wasTakenUp } from './part-work.js';
import type { Offer } from './summary-input.js';

const notRecorded = 'not recorded';

/** For whom the sessions are counted, and as they stand when. */
export interface Counting {
  patientId: string;
  /** As a FHIR instant. */
  at: string;
  /** False where nothing more is to come of the part. */
  isOpen: boolean;
}

/**
 * Of a part: attended, missed, cancelled, to come, first and last attended. A session need not be kept as an Appointment: where
 * none tells who came, the cells say what the provider says, or that it is not recorded. None is said only of what never began.
 */
export function partCells({ task, appointments }: Offer, counting: Counting): string[] {
  const sessions = sessionsOf(appointments, counting);
  const isKept = (['attended', 'missed'] as const).some((kind) => sessions[kind].length > 0);
  if (isKept) return keptCells(task, sessionCells(appointments, counting));
  const others = wasTakenUp(task) ? notRecorded : '0';
  const isNone = Object.values(sessions).every((some) => some.length === 0);
  const countOf = (kind: Session) => (isNone ? others : String(sessions[kind].length));
  const [attended, days] = hasBegun(task) ? [notRecorded, notRecorded] : ['0', 'none'];
  return [
    reportedText(task) ?? countText([], sessions.unsaid, attended),
    countText([], sessions.unsaid, others),
    countOf('cancelled'),
    countOf('to-come'),
    sessions.unsaid.length > 0 ? notRecorded : days,
  ];
}

/** What was kept, and beside it what the provider says, where that is another number. */
function keptCells(task: Task, [attended = '', ...others]: string[]): string[] {
  const reported = reportedText(task);
  const isSame = reported === undefined || attendedIn(task) === undefined || String(attendedIn(task)) === attended;
  return [isSame ? attended : `${attended}; the provider says ${reported}`, ...others];
}

/** The same of sessions that are known. */
export function sessionCells(appointments: readonly Appointment[], counting: Counting): string[] {
  const { attended, missed, cancelled, unsaid, 'to-come': toCome } = sessionsOf(appointments, counting);
  const days = attended.flatMap(({ start }) => dayOf(start) ?? []).sort();
  const none = unsaid.length > 0 ? notRecorded : 'none';
  return [
    countText(attended, unsaid, '0'),
    countText(missed, unsaid, '0'),
    String(cancelled.length),
    String(toCome.length),
    days.length === 0 ? none : `${day(days[0])} to ${day(days.at(-1))}`,
  ];
}

/** How many, and of how many more nobody said who came. */
function countText(counted: readonly Appointment[], unsaid: readonly Appointment[], none: string): string {
  const more = unsaid.length === 0 ? [] : [`${String(unsaid.length)} ${notRecorded}`];
  const told = [...(counted.length === 0 ? [] : [String(counted.length)]), ...more];
  return told.length === 0 ? none : told.join('; ');
}

/** How many the provider says there were. */
function reportedText(task: Task): string | undefined {
  const [offered, attended] = [outputsOf(task, 'sessions-offered')[0]?.valueUnsignedInt, attendedIn(task)];
  if (attended === undefined && offered === undefined) return undefined;
  const text = attended === undefined ? notRecorded : String(attended);
  return offered === undefined ? text : `${text} of ${String(offered)}`;
}

function attendedIn(task: Task): number | undefined {
  return outputsOf(task, 'sessions-attended')[0]?.valueUnsignedInt;
}

type Session = 'attended' | 'missed' | 'cancelled' | 'to-come' | 'unsaid';

/** Without those that were an error. */
function sessionsOf(appointments: readonly Appointment[], counting: Counting): Record<Session, Appointment[]> {
  const counted = appointments.filter(({ status }) => status !== 'entered-in-error');
  const of = (kind: Session) => counted.filter((appointment) => sessionOf(appointment, counting) === kind);
  return {
    attended: of('attended'),
    missed: of('missed'),
    cancelled: of('cancelled'),
    'to-come': of('to-come'),
    unsaid: of('unsaid'),
  };
}

/** A session by its status, unless the person had declined it. */
function sessionOf({ status, start, participant }: Appointment, { patientId, at, isOpen }: Counting): Session {
  if (participant.some((one) => one.status === 'declined' && idIn(one.actor, 'Patient') === patientId)) {
    return 'cancelled';
  }
  switch (status) {
    case 'arrived':
    case 'checked-in':
    case 'fulfilled':
      return 'attended';
    case 'noshow':
      return 'missed';
    case 'cancelled':
      return 'cancelled';
    default:
      return isOpen && !isPast(start, at) ? 'to-come' : 'unsaid';
  }
}

/** One that has no time yet, such as a proposed one, was not. */
function isPast(start: string | undefined, at: string): boolean {
  const [begin, now] = [start, at].map((time) => instantOf(time ?? ''));
  return begin !== undefined && now !== undefined && begin <= now;
}
