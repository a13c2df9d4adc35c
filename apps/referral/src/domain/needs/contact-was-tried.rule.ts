import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { attemptsOf } from '../contact-attempts.js';
import type { Judged } from '../turns/transition.js';

const dayMs = 24 * 60 * 60 * 1000;

/** Nobody is given up on after one call: attempts enough, on different ways, over days enough. */
export function contactWasTried(task: Task, { policy }: Judged): Issue[] {
  const attempts = attemptsOf(task);
  const channels = new Set(attempts.map(({ channel }) => channel)).size;
  const times = attempts.map(({ at }) => at.getTime());
  const days = times.length === 0 ? 0 : (Math.max(...times) - Math.min(...times)) / dayMs;
  if (attempts.length >= policy.attempts && channels >= policy.channels && days >= policy.attemptDays) return [];
  const wanted = `${String(policy.attempts)} attempts in ${String(policy.channels)} channels over ${String(policy.attemptDays)} days`;
  const found = `${String(attempts.length)} in ${String(channels)} over ${String(Math.floor(days))}`;
  return [
    error(
      'business-rule',
      `Somebody cannot be contacted after ${wanted}; recorded are ${found}. Record each attempt as a contact.`,
      'Task.extension',
    ),
  ];
}
