import type { Appointment, HealthcareService, Organization, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { instantOf } from '../evaluation/calendar.js';
import { activityIdsOf, isPart } from '../programme.js';
import { wasOpenAt, wasTakenUp } from './part-work.js';
import type { ReferralRecord } from './referral-record.js';
import type { Offer } from './summary-input.js';

/** The activities that were offered, each with its sessions, and the sessions that belong to none of them for certain. */
export function referralOffers(record: ReferralRecord): { offers: Offer[]; otherSessions: Appointment[] } {
  const parts = partsOf(record);
  // A session of a part that was an error is of somebody else: it goes with that part, and is not told.
  const all = [...parts, ...mistakenParts(record)];
  const owners = record.appointments.map((appointment) => [appointment, ownerOf(appointment, all, record)] as const);
  const sessionsOf = (part: Task | undefined) =>
    owners.filter(([, owner]) => owner === part).map(([appointment]) => appointment);
  const offers = parts.map((task) => {
    const appointments = sessionsOf(task);
    const ofSessions = [...new Set(appointments.flatMap((one) => activityOfSession(one, record) ?? []))];
    const activity = namesOf(activityIdsOf(task), record) ?? namesOf(ofSessions, record);
    return {
      task,
      activity: activity ?? task.description ?? 'not recorded',
      provider: organizationOf(idIn(task.owner, 'Organization'), record),
      appointments,
    };
  });
  return { offers, otherSessions: sessionsOf(undefined) };
}

/** In the order in which they were asked; without those that were an error, of which nothing is told. */
export function partsOf({ tasks }: ReferralRecord): Task[] {
  const key = ({ authoredOn = '', id = '' }: Task) => `${authoredOn} ${id}`;
  return tasks
    .filter((task) => isPart(task) && !isMistake(task))
    .sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

export function mistakenParts({ tasks }: ReferralRecord): Task[] {
  return tasks.filter((task) => isPart(task) && isMistake(task));
}

/** The directory's entry; where there is none, an organisation of which nothing but the id is known. */
export function organizationOf(id: string | undefined, { organizations }: ReferralRecord): Organization {
  const known = organizations.find((organization) => id !== undefined && organization.id === id);
  return known ?? { resourceType: 'Organization', ...(id === undefined ? {} : { id }) };
}

/** A session goes with the activity that it names; one that names none goes with what was taken up. */
function ownerOf(appointment: Appointment, parts: readonly Task[], record: ReferralRecord): Task | undefined {
  const activityId = activityOfSession(appointment, record);
  if (activityId === undefined) return onlyOneOf(parts.filter(wasTakenUp), appointment);
  const activity = record.activities.find(({ id }) => id === activityId) ?? { id: activityId };
  const meant = parts.filter((part) => mayOffer(part, activity) || (parts.length === 1 && isLeftOpen(part)));
  const takenUp = meant.filter(wasTakenUp);
  return onlyOneOf(takenUp.length > 0 ? takenUp : meant, appointment);
}

/** True where the activity is that of the part; where its provider was asked and no activity, one of the provider's. */
function mayOffer(part: Task, { id = '', providedBy }: Pick<HealthcareService, 'id' | 'providedBy'>): boolean {
  if (!isLeftOpen(part)) return activityIdsOf(part).includes(id);
  const provider = idIn(providedBy, 'Organization');
  return provider !== undefined && provider === idIn(part.owner, 'Organization');
}

function isLeftOpen(part: Task): boolean {
  return activityIdsOf(part).length === 0;
}

/** Of several, such as a part and the one that goes on for it, the only one that was open at the time of the session. */
function onlyOneOf(parts: readonly Task[], { start = '' }: Appointment): Task | undefined {
  const instant = instantOf(start);
  const meant = parts.length < 2 ? parts : parts.filter((part) => instant !== undefined && wasOpenAt(part, instant));
  return meant.length === 1 ? meant[0] : undefined;
}

function isMistake({ status }: Task): boolean {
  return status === 'entered-in-error';
}

function activityOfSession({ participant, slot = [] }: Appointment, record: ReferralRecord): string | undefined {
  const slotIds = slot.map((reference) => idIn(reference, 'Slot'));
  const scheduleIds = record.slots
    .filter(({ id }) => slotIds.includes(id))
    .map(({ schedule }) => idIn(schedule, 'Schedule'));
  const actors = [
    ...participant.map(({ actor }) => actor),
    ...record.schedules.filter(({ id }) => scheduleIds.includes(id)).flatMap(({ actor }) => actor),
  ];
  return actors.map((actor) => idIn(actor, 'HealthcareService')).find((id) => id !== undefined);
}

/** In the order in which somebody changed from one to the other. */
function namesOf(activityIds: readonly string[], { activities }: ReferralRecord): string | undefined {
  const names = activityIds.flatMap((id) => activities.find((activity) => activity.id === id)?.name ?? []);
  return names.length === 0 ? undefined : names.join(', then ');
}
