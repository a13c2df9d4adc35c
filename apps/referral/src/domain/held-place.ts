import type { Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { activitiesOf, newActivities } from './activities.js';
import { base, businessStatusOf } from './codes.js';
import { isUndecided } from './deadlines/stages.js';
import { isEnd, statesBefore } from './state-before.js';

/** At which activity the directory keeps a place: Reference to a HealthcareService, on a part. */
export const heldPlaceExtension = `${base}/StructureDefinition/held-place`;

/** With these a person comes to the activity; with all others it stays as it was. */
const taking = ['accepted', 'place-offered', 'booked', 'started', 'session-recorded', 'activity-changed'];

/** Id of the HealthcareService at which a Task has a place. */
export function heldPlaceOf(task: Task): string | undefined {
  return idIn(task.extension?.find(({ url }) => url === heldPlaceExtension)?.valueReference, 'HealthcareService');
}

/** Where the Task is to have a place after this turn: at one activity at a time, and nowhere once it has ended or waits. */
export function placeAfter(before: Task, after: Task): string | undefined {
  const business = businessStatusOf(after) ?? '';
  if (isEnd(after.status) || business === 'waitlisted') return undefined;
  const held = heldPlaceOf(before);
  const begins = held === undefined && comesToWork(before, after);
  if (!begins && !(taking.includes(business) && isAtWork(after))) return held;
  return activityAfter(before, withHeldPlace(after, held));
}

/** Id of the activity that a Task is at: where it has its place, otherwise the one that was named last. */
export function currentActivity(task: Task): string | undefined {
  const [held, named] = [heldPlaceOf(task), activitiesOf(task)];
  return held !== undefined && named.includes(held) ? held : named.at(-1);
}

/** The same of a Task that comes out of a turn: a later activity stands for a changed one. */
export function activityAfter(before: Task | undefined, after: Task): string | undefined {
  return (before && newActivities(before, after).at(-1)) ?? currentActivity(after);
}

/** Accepted by implication, or by an end that is undone: whatever it does there, the person is at the activity. */
function comesToWork(before: Task, after: Task): boolean {
  if (!isUndecided(before) && !isEnd(before.status)) return false;
  const stands = [{ status: after.status, business: businessStatusOf(after) }, ...statesBefore(after)];
  const work = stands.find((one) => one.status !== 'on-hold');
  return work !== undefined && isAtWork(work) && stands.every(({ business }) => business !== 'waitlisted');
}

function isAtWork({ status }: Pick<Task, 'status'>): boolean {
  return status === 'accepted' || status === 'in-progress';
}

/** The Task that says so, whatever its sender says. */
export function withHeldPlace(task: Task, activity: string | undefined): Task {
  const { extension = [], ...rest } = task;
  const place = { url: heldPlaceExtension, valueReference: { reference: `HealthcareService/${activity ?? ''}` } };
  const all = [
    ...extension.filter(({ url }) => url !== heldPlaceExtension),
    ...(activity === undefined ? [] : [place]),
  ];
  return { ...rest, ...(all.length > 0 ? { extension: all } : {}) };
}

/** May be used once: by the commit that brings the Task its place, or by the one who says that it will never come. */
export function placeKey(hold: string): string {
  return `place-hold|${hold}`;
}
