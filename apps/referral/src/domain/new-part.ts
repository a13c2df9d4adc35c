import type { FhirResource, Reference, Task, TaskInput } from 'fhir/r4';
import { idIn } from '#fhir';
import { businessStatus, fulfil, hasCode, taskInputSystem } from './codes.js';
import { isOpen } from './state-before.js';

export interface NewPart {
  id: string;
  /** Organization that is asked. */
  owner: Reference;
  /** HealthcareService that is asked for, where one is named. */
  activity?: Reference;
  /** What else it is asked with. */
  input?: readonly TaskInput[];
  /** Of what was sent only what describes it is taken. */
  described?: Pick<Task, 'description' | 'note'>;
  now: Date;
}

/** One more provider's part of a referral. */
export function newPartOf(parent: Task, { id, owner, activity, input = [], described = {}, now }: NewPart): Task {
  const inputs = [...(activity ? [activityInput(activity)] : []), ...input];
  const time = now.toISOString();
  return {
    resourceType: 'Task',
    id,
    status: 'requested',
    businessStatus: businessStatus('sent'),
    intent: 'order',
    code: { coding: [fulfil] },
    partOf: [{ reference: `Task/${parent.id ?? ''}` }],
    ...elementsOf(parent, ['focus', 'for', 'requester', 'priority']),
    ...elementsOf(described, ['description', 'note']),
    owner,
    authoredOn: time,
    lastModified: time,
    ...(inputs.length > 0 ? { input: inputs } : {}),
  };
}

function elementsOf(task: Partial<Task>, names: readonly (keyof Task)[]): Partial<Task> {
  return Object.fromEntries(names.flatMap((name) => (task[name] === undefined ? [] : [[name, task[name]]])));
}

/** The input that names an earlier part: `reopens` the one that ended, `forwarded-from` the one before it. */
export function earlierPartInput(code: 'reopens' | 'forwarded-from', id: string): TaskInput {
  return { type: { coding: [{ system: taskInputSystem, code }] }, valueReference: { reference: `Task/${id}` } };
}

/** The input of this kind, where there is one. */
export function inputOf({ input = [] }: Task, code: string): TaskInput | undefined {
  return input.find(({ type }) => hasCode(type, taskInputSystem, code));
}

/** The activity, or else the organisation, that a Task asks. */
export function targetOf(task: Task): Reference | undefined {
  return inputOf(task, 'activity')?.valueReference ?? task.owner;
}

/** Whom other Tasks of the same transaction ask for the referral of these parts, newly or again. */
export function askedAmong(siblings: readonly FhirResource[], parent: Task, parts: readonly Task[]): Reference[] {
  const tasks = siblings.filter((one) => one.resourceType === 'Task').filter(isOpen);
  return tasks.flatMap((one) => {
    const earlier = inputOf(one, 'reopens')?.valueReference;
    const again = earlier && parts.find(({ id }) => id === idIn(earlier, 'Task'));
    const isOfIt = again !== undefined || idIn(one.partOf?.[0], 'Task') === parent.id;
    return isOfIt ? (targetOf(one) ?? (again && targetOf(again)) ?? []) : [];
  });
}

function activityInput(activity: Reference): TaskInput {
  return { type: { coding: [{ system: taskInputSystem, code: 'activity' }] }, valueReference: activity };
}
