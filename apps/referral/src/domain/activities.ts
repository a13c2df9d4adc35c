import { isDeepStrictEqual } from 'node:util';
import type { HealthcareService, Reference, ServiceRequest, Task, TaskInput } from 'fhir/r4';
import { error, idIn, type Issue } from '#fhir';
import { businessStatusOf, hasCode, taskInputSystem } from './codes.js';
import { stateBefore } from './state-before.js';

/** Ids of the HealthcareServices that a Task asks for. */
export function activitiesOf(task: Task): string[] {
  return inputsOf(task)
    .filter(isActivity)
    .map(activityIn)
    .filter((id) => id !== undefined);
}

/** Whether a referral was sent to this service, or a part of it asks it now, whichever activity it was changed to. */
export function isSentTo(
  { id = '', providedBy }: HealthcareService,
  { performer = [] }: ServiceRequest,
  parts: readonly Task[],
): boolean {
  const isNamed = performer.some((one) => idIn(one, 'HealthcareService') === id);
  return isNamed || parts.some((part) => asksService(part, { id, providedBy }));
}

/** As its activity, or, where it names none, its organisation. */
function asksService(task: Task, { id, providedBy }: { id: string; providedBy: Reference | undefined }): boolean {
  const activities = activitiesOf(task);
  if (activities.length > 0) return activities.includes(id);
  return idIn(task.owner, 'Organization') === idIn(providedBy, 'Organization');
}

/** Ids of the HealthcareServices that a Task asks for now and did not ask for before. */
export function newActivities(before: Task, after: Task): string[] {
  const known = activitiesOf(before);
  return activitiesOf(after).filter((id) => !known.includes(id));
}

/**
 * What a Task was asked with stays. Another activity is added, or takes the place of one, by a turn of its own, and information
 * that the provider asked for is added by another.
 */
export function inputKept(before: Task, after: Task, turn: 'activity-changed' | 'information' | 'other'): Issue[] {
  if (turn !== 'activity-changed' || goesBackToIt(before, after)) {
    const mayInform = turn === 'information' || businessStatusOf(before) === 'info-needed';
    const added = mayInform ? inputsOf(after).slice(inputsOf(before).length) : [];
    const kept = inputsOf(after).slice(0, inputsOf(after).length - added.length);
    const isInformation = added.every(({ type }) => hasCode(type, taskInputSystem, 'information'));
    if (isInformation && isDeepStrictEqual(inputsOf(before), kept)) return [];
    return [
      refused('Task.input stays as it was made; another activity is the turn to business status activity-changed.'),
    ];
  }
  const others = (task: Task) => inputsOf(task).filter((input) => !isActivity(input));
  if (!isDeepStrictEqual(others(before), others(after))) return [refused('Of Task.input only the activity changes.')];
  const named = inputsOf(after).filter(isActivity);
  if (named.some((input) => activityIn(input) === undefined)) {
    return [refused('An activity of Task.input is a reference to a HealthcareService.')];
  }
  if (newActivities(before, after).length > 0) return [];
  return [refused('Task.input names the activity that is offered now, as a HealthcareService that it did not name.')];
}

/** The activity was changed before the Task was interrupted, and it goes on there with the same one. */
function goesBackToIt(before: Task, after: Task): boolean {
  const left = stateBefore(before);
  return left?.business === 'activity-changed' && newActivities(before, after).length === 0;
}

function inputsOf({ input = [] }: Task): TaskInput[] {
  return input;
}

function isActivity({ type }: TaskInput): boolean {
  return hasCode(type, taskInputSystem, 'activity');
}

function activityIn({ valueReference }: TaskInput): string | undefined {
  return idIn(valueReference, 'HealthcareService');
}

function refused(diagnostics: string): Issue {
  return error('business-rule', diagnostics, 'Task.input');
}
