import type { Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { activitiesOf } from './activities.js';
import { isOpen } from './state-before.js';
import { successorOf } from './successor.js';

/** A referral of which parts are the answering provider's own. */
export interface AskedReferral {
  /** The referral's own Task. */
  parent: { task: Task };
  own: readonly { task: Task }[];
}

export interface ReferralNames {
  /** Ids of the ServiceRequests here that the answer names. */
  requestIds: readonly string[];
  taskIds: readonly string[];
  correlationId: string;
}

/** The referral that an answer means, of those that came by messages of one id; undefined where that cannot be told. */
export function referralMeant<R extends AskedReferral>(
  asked: readonly R[],
  { requestIds, taskIds, correlationId }: ReferralNames,
): R | undefined {
  const byRequest = narrowed(asked, ({ parent }) =>
    requestIds.includes(idIn(parent.task.focus, 'ServiceRequest') ?? ''),
  );
  const byTask = narrowed(byRequest, ({ parent, own }) =>
    [parent, ...own].some(({ task }) => taskIds.includes(task.id ?? '')),
  );
  const alike = narrowed(byTask, ({ parent }) => isSame(parent.task.groupIdentifier?.value, correlationId));
  const [only, ...others] = narrowed(alike, (one) => !goesOnIn(one, alike));
  return others.length === 0 ? only : undefined;
}

/** Whether another one took its place when it was reopened. */
function goesOnIn({ parent, own }: AskedReferral, asked: readonly AskedReferral[]): boolean {
  const next = own.flatMap(({ task }) => successorOf(task) ?? []);
  const others = asked.filter((other) => other.parent !== parent);
  return others.some((other) => other.own.some(({ task }) => next.includes(task.id ?? '')));
}

/**
 * The part that an answer means, of the provider's own: the one that it names, then the open one; undefined where there are
 * several. `activities`: what it says of the activity, what weighs more first.
 */
export function partMeant<P extends { task: Task }>(
  own: readonly P[],
  { taskIds, activities }: { taskIds: readonly string[]; activities: readonly (readonly string[])[] },
): P | undefined {
  const byTask = narrowed(own, ({ task }) => taskIds.includes(task.id ?? ''));
  const fitting = activities.reduce(
    (some, named) => narrowed(some, ({ task }) => activitiesOf(task).some((id) => named.includes(id))),
    byTask,
  );
  const [open, ...others] = fitting.filter(({ task }) => isOpen(task));
  return others.length === 0 ? (open ?? fitting.at(-1)) : undefined;
}

/** Those that fit; where none does, nothing is said by it. */
function narrowed<T>(from: readonly T[], fits: (one: T) => boolean): readonly T[] {
  const fitting = from.filter(fits);
  return fitting.length > 0 ? fitting : from;
}

function isSame(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}
