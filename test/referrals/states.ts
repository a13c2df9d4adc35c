import type { Task } from 'fhir/r4';
import { businessStatusOf } from '../../apps/referral/src/domain/codes.js';

/** `accepted/waitlisted` */
export function stateOf(task: Task): string {
  return `${task.status}/${businessStatusOf(task) ?? ''}`;
}

const ends = ['rejected', 'completed', 'failed', 'cancelled', 'entered-in-error'];

export function isEnd({ status }: Task): boolean {
  return ends.includes(status);
}
