import type { ServiceRequest, Task } from 'fhir/r4';
import type { Write } from '#fhir-store';
import { isOpen } from '../domain/state-before.js';
import { editEvent } from '../domain/task-transition.js';
import { parentWrite, type ReferralTasks } from './referral-tasks.js';

/** The referral's own Task and its open parts, as urgent as the ServiceRequest is after its update; none where it stays so. */
export async function followPriority(
  [before, after]: readonly [ServiceRequest, ServiceRequest],
  tasks: ReferralTasks,
  now: Date,
): Promise<Write[]> {
  const { id = '', status, priority } = after;
  if (before.priority === priority || status !== 'active') return [];
  const parent = await tasks.referralOf(id);
  if (!parent) return [];
  const parts = (await tasks.partsOf(parent.stored.id)).filter(({ task }) => isOpen(task));
  const followed = (task: Task): Task => ({
    ...withoutPriority(task),
    ...(priority === undefined ? {} : { priority }),
    lastModified: now.toISOString(),
  });
  return [
    parentWrite(parent, followed(parent.task)),
    ...parts.map(({ stored: { audience, version }, task }): Write => ({
      interaction: 'update',
      resource: followed(task),
      audience,
      version,
      event: editEvent,
    })),
  ];
}

function withoutPriority(task: Task): Task {
  const rest = { ...task };
  delete rest.priority;
  return rest;
}
