import type { Task } from 'fhir/r4';
import { idIn } from '#fhir';
import type { Actor } from './transitions.js';

/** As whom somebody stands to a Task. An integrator without an organisation plays every part. */
export function actorsOf(task: Task, caller: { organisation?: string; role: string }): Actor[] {
  if (caller.role === 'integrator' && caller.organisation === undefined) return ['requester', 'provider'];
  return [
    ...(caller.organisation !== undefined && caller.organisation === idIn(task.requester, 'Organization')
      ? (['requester'] as const)
      : []),
    ...(caller.organisation !== undefined && caller.organisation === idIn(task.owner, 'Organization')
      ? (['provider'] as const)
      : []),
  ];
}
