import type { Task } from 'fhir/r4';
import type { Issue } from '#fhir';
import type { BusinessStatus } from './codes.js';
import { capacityReasonIsGiven } from './needs/capacity-reason-is-given.rule.js';
import { outcomeIsRecorded } from './needs/outcome-is-recorded.rule.js';
import { readinessIsRecorded } from './needs/readiness-is-recorded.rule.js';
import { rejectionReasonIsGiven } from './needs/rejection-reason-is-given.rule.js';
import { startIsDated } from './needs/start-is-dated.rule.js';
import { waitIsEstimated } from './needs/wait-is-estimated.rule.js';

/** The requesting organisation, the organisation that owns the Task, or Ginnel itself. */
export type Actor = 'requester' | 'provider' | 'system';

export type TaskStatus = Task['status'];

/** One turn that a provider's Task may take. */
export interface Transition {
  from: readonly TaskStatus[];
  to: TaskStatus | 'same';
  business: BusinessStatus;
  who: readonly Actor[];
  /** What the Task must hold when it arrives there. */
  needs: readonly ((task: Task) => Issue[])[];
  /** Type of the published event. */
  event: string;
}

/**
 * The state machine of a provider's Task: every allowed turn, and no other. FHIR codes of Task.status with Ginnel's
 * business status beside. Accepting or rejecting a Task that is still `requested` says at once that it was seen.
 */
export const transitions: readonly Transition[] = [
  turn(['requested'], 'received', 'acknowledged', 'referral-acknowledged.v1'),
  turn(['requested'], 'received', 'contacting', 'referral-contact-attempted.v1', [readinessIsRecorded]),
  turn(['received', 'accepted', 'in-progress'], 'same', 'contacting', 'referral-contact-attempted.v1', [
    readinessIsRecorded,
  ]),
  turn(['requested', 'received'], 'accepted', 'accepted', 'referral-accepted.v1'),
  turn(['requested', 'received'], 'accepted', 'waitlisted', 'referral-waitlisted.v1', [waitIsEstimated]),
  turn(['accepted'], 'same', 'waitlisted', 'referral-waitlisted.v1', [waitIsEstimated]),
  turn(['accepted'], 'same', 'accepted', 'referral-accepted.v1'),
  turn(['requested', 'received'], 'rejected', 'rejected', 'referral-rejected.v1', [rejectionReasonIsGiven]),
  turn(['requested', 'received'], 'rejected', 'capacity-full', 'referral-capacity-full.v1', [capacityReasonIsGiven]),
  turn(['accepted'], 'in-progress', 'started', 'referral-started.v1', [startIsDated]),
  turn(['in-progress'], 'same', 'session-recorded', 'referral-session-recorded.v1'),
  turn(['accepted', 'in-progress'], 'same', 'dna', 'referral-session-missed.v1'),
  turn(['accepted', 'in-progress'], 'same', 'activity-changed', 'referral-activity-changed.v1'),
  turn(['accepted', 'in-progress'], 'completed', 'completed', 'referral-completed.v1', [outcomeIsRecorded]),
];

function turn(
  from: readonly TaskStatus[],
  to: TaskStatus | 'same',
  ...[business, event, needs = []]: [BusinessStatus, string, Transition['needs']?]
): Transition {
  return { from, to, business, event, needs, who: ['provider'] };
}
