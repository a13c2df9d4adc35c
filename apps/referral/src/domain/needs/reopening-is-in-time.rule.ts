import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { businessStatusOf } from '../codes.js';
import { personHasDied } from '../identity/patient-change.js';
import { endedAt } from '../state-before.js';
import type { Judged } from '../turns/transition.js';

const dayMs = 24 * 60 * 60 * 1000;

/** The requester may begin again at any time, the provider for a while; nobody after a death. */
export function reopeningIsInTime(_task: Task, { previous, actors, now, policy, died }: Judged): Issue[] {
  if (businessStatusOf(previous) === 'patient-died') {
    return [error('business-rule', 'The person has died; this referral is not reopened.', 'Task.status')];
  }
  if (died) return [personHasDied('Task.for')];
  if (actors.includes('requester')) return [];
  if (businessStatusOf(previous) === 'cancelled-by-requester') {
    return [error('business-rule', 'Its requester cancelled it; the requester alone begins again.', 'Task.status')];
  }
  const ended = endedAt(previous);
  if (ended !== undefined && now.getTime() - ended.getTime() <= policy.reopenDays * dayMs) return [];
  const diagnostics = `A provider reopens within ${String(policy.reopenDays)} days; after that the requester sends anew.`;
  return [error('business-rule', diagnostics, 'Task.status')];
}
