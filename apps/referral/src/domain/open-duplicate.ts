import type { Task } from 'fhir/r4';
import { idIn, type Issue, warning } from '#fhir';
import { activitiesOf } from './activities.js';
import { taskInputSystem } from './codes.js';
import { inputOf } from './new-part.js';

const code = 'open-duplicate';

/** The same provider for the same activity, also where it offered another one since. */
export function asksTheSame(one: Task, other: Task): boolean {
  if (idIn(one.owner, 'Organization') !== idIn(other.owner, 'Organization')) return false;
  const [first, second] = [activitiesOf(one), activitiesOf(other)];
  return (first.length === 0 && second.length === 0) || first.some((id) => second.includes(id));
}

/** The part, which names an open one of another referral that asks the same for the same person. */
export function withOpenDuplicate(part: Task, id: string): Task {
  const type = { coding: [{ system: taskInputSystem, code }] };
  return { ...part, input: [...(part.input ?? []), { type, valueReference: { reference: `Task/${id}` } }] };
}

/** What its sender is told of it: whether one of the two is a mistake is for people to say. */
export function duplicateRemarks(part: Task): Issue[] {
  const named = inputOf(part, code)?.valueReference?.reference;
  if (named === undefined) return [];
  const diagnostics = `You have an open referral of this person to the same activity: ${named}. Both stand; cancel one if it was sent by mistake.`;
  return [warning('business-rule', diagnostics, 'ServiceRequest')];
}
