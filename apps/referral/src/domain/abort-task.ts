// A cancellation is a Task of its own, so that the provider can refuse it: HL7 Clinical Order Workflows, coordination by Task.
// https://build.fhir.org/ig/HL7/fhir-cow-ig/
import type { CodeableConcept, Coding, Task } from 'fhir/r4';
import { hasCode } from './codes.js';

export const abort: Coding = { system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' };

export function isAbort({ code }: Pick<Task, 'code'>): boolean {
  return hasCode(code, abort.system ?? '', abort.code ?? '');
}

export interface AskedAbort {
  id: string;
  reason?: CodeableConcept | undefined;
  /** As the requester sent it, where it did: what describes it is taken. */
  sent?: Task;
  /** The Task that asks to cancel the whole referral, of which this one is a part. */
  within?: string;
  now: Date;
}

/** Asks the owner of a part, or for the whole referral Ginnel, to cancel it. */
export function abortTaskOf(cancelled: Task, { id, reason, sent, within, now }: AskedAbort): Task {
  const time = now.toISOString();
  return {
    resourceType: 'Task',
    id,
    status: 'requested',
    intent: 'order',
    code: { coding: [abort] },
    focus: { reference: `Task/${cancelled.id ?? ''}` },
    ...elementsOf(cancelled, ['for', 'requester', 'owner', 'priority']),
    ...(reason ? { reasonCode: reason } : {}),
    ...(sent ? elementsOf(sent, ['identifier', 'reasonCode', 'description', 'note']) : {}),
    ...(within === undefined ? {} : { partOf: [{ reference: `Task/${within}` }] }),
    authoredOn: time,
    lastModified: time,
  };
}

/** What becomes of the Task that asked: done, or refused with the reason that the part gives. */
export function settledAbort(task: Task, settled: 'completed' | 'rejected', part: Task, now: Date): Task {
  const reason = settled === 'rejected' ? part.statusReason : undefined;
  return { ...task, status: settled, ...(reason ? { statusReason: reason } : {}), lastModified: now.toISOString() };
}

/** What becomes of the Task that asked to cancel the whole, once those of all parts are settled. */
export function settledWhole(parts: readonly Task[]): 'completed' | 'rejected' | undefined {
  if (parts.some(({ status }) => status === 'requested')) return undefined;
  return parts.some(({ status }) => status === 'rejected') ? 'rejected' : 'completed';
}

function elementsOf(task: Partial<Task>, names: readonly (keyof Task)[]): Partial<Task> {
  return Object.fromEntries(names.flatMap((name) => (task[name] === undefined ? [] : [[name, task[name]]])));
}
