import type { ServiceRequest, Task } from 'fhir/r4';
import { rollUp } from '../../../apps/referral/src/domain/roll-up.js';
import { type History, now } from '../facts.js';
import { isEnd, stateOf } from '../states.js';

/** Where the referral's own Task is not as its parts make it, and where the wish does not follow it. */
export function wholeFaults({ request, wish, parents, parts, hasDied }: History): string[] {
  const last = now(wish);
  const [parent, ...others] = parents.map((versions) => now(versions));
  const tasks = parts.flatMap((versions) => now(versions) ?? []);
  const place = `ServiceRequest/${request}`;
  if (!last || !parent || others.length > 0) return [`${place} has ${String(parents.length)} Tasks of its own`];
  const rolled = rollUp(parent, tasks, { deathStands: hasDied });
  const isTakenBack = isOver(last, tasks) && stateOf(parent) === 'cancelled/cancelled-by-requester';
  const made = stateOf(rolled);
  return [
    ...(made === stateOf(parent) || isTakenBack
      ? []
      : [`${place}: its Task says ${stateOf(parent)}, its parts ${made}`]),
    ...(follows(last, parent) ? [] : [`${place} is ${last.status}, its Task ${stateOf(parent)}`]),
    ...tasks.filter(({ partOf }) => partOf?.[0]?.reference !== `Task/${parent.id ?? ''}`).map(strayed),
  ];
}

function strayed({ id = '' }: Task): string {
  return `Task/${id} is part of another referral than its wish`;
}

/** The requester closes what nobody works on any more. */
function isOver({ status }: ServiceRequest, parts: readonly Task[]): boolean {
  return status === 'revoked' && parts.every(isEnd);
}

function follows({ status }: ServiceRequest, parent: Task): boolean {
  const ends: Partial<Record<Task['status'], readonly string[]>> = {
    completed: ['completed'],
    cancelled: ['revoked'],
    'entered-in-error': ['entered-in-error'],
    failed: ['active', 'revoked'],
  };
  return (ends[parent.status] ?? ['active']).includes(status);
}
