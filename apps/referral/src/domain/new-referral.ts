import type { Reference, ServiceRequest, Task } from 'fhir/r4';
import { referencesIn } from '#fhir';
import { businessStatus, fulfil, taskInputSystem } from './codes.js';

export interface ReferralParties {
  /** Organization of the requester. */
  requester: Reference;
  /** Organization that provides the activity. */
  owner: Reference;
  /** HealthcareService: the activity asked for, where one is named. */
  activity?: Reference;
}

/**
 * The parent Task of a referral: the requester's own where it sent one, otherwise Ginnel's. Of its own only what describes it
 * is taken; how the work stands and what belongs to it is said by those who do it.
 */
export function parentTaskOf(
  request: ServiceRequest,
  parties: ReferralParties,
  own: { id: string; authoredOn: string; task?: Task },
): Task {
  const codings = (own.task?.code?.coding ?? []).filter(({ code }) => code !== fulfil.code);
  return {
    resourceType: 'Task',
    intent: 'order',
    ...(own.task ? describedBy(own.task) : {}),
    ...common(request, parties, own),
    code: { coding: [fulfil, ...codings] },
    id: own.task?.id ?? own.id,
  } as Task;
}

const described = [
  'identifier',
  'note',
  'description',
  'priority',
  'reasonCode',
  'reasonReference',
  'restriction',
] as const;

/** Of a requester's own Task what describes it, and nothing of how the work stands. */
export function describedBy(task: Task): Partial<Task> {
  const taken = Object.fromEntries(
    Object.entries(task).filter(([element]) => described.some((one) => one === element)),
  );
  const needsContained = referencesIn({ ...taken, resourceType: 'Task' } as Task).some(({ reference }) =>
    reference.reference?.startsWith('#'),
  );
  return { ...taken, ...(needsContained && task.contained ? { contained: task.contained } : {}) };
}

/** The work of one provider: part of the parent, even when it is the only one. */
export function childTaskOf(
  request: ServiceRequest,
  parties: ReferralParties,
  own: { id: string; authoredOn: string; parent: Task },
): Task {
  return {
    resourceType: 'Task',
    intent: 'order',
    ...common(request, parties, own),
    id: own.id,
    partOf: [{ reference: `Task/${own.parent.id ?? ''}` }],
    ...(own.parent.priority ? { priority: own.parent.priority } : {}),
    ...(parties.activity ? { input: [activityInput(parties.activity)] } : {}),
  } as Task;
}

function activityInput(activity: Reference) {
  return { type: { coding: [{ system: taskInputSystem, code: 'activity' }] }, valueReference: activity };
}

function common(
  request: ServiceRequest,
  parties: ReferralParties,
  { authoredOn }: { authoredOn: string },
): Partial<Task> {
  return {
    status: 'requested',
    businessStatus: businessStatus('sent'),
    code: { coding: [fulfil] },
    focus: { reference: `ServiceRequest/${request.id ?? ''}` },
    for: request.subject,
    requester: parties.requester,
    owner: parties.owner,
    authoredOn,
    ...(request.priority ? { priority: request.priority } : {}),
  };
}
