import type { ServiceRequest, Task } from 'fhir/r4';
import type { Issue } from '#fhir';
import type { BusinessStatus } from '../codes.js';
import type { TurnPolicy } from './turn-policy.js';

/** The requesting organisation, the one that owns the Task, a coordinator between them, the person, or Ginnel itself. */
export type Actor = 'requester' | 'provider' | 'hub' | 'patient' | 'system';

export type TaskStatus = Task['status'];

/** A Task.status with any business status, or with this one. `cancel-requested` is meant only where it is named. */
export type From = TaskStatus | `${TaskStatus}/${BusinessStatus}`;

/** What else happens with a turn, beside the Task itself and its referral's. */
export type Effect =
  | 'abort-task-opened'
  | 'abort-task-completed'
  | 'abort-task-rejected'
  | 'activity-refreshed'
  | 'clock-restarted'
  | 'clock-stopped'
  | 'content-hidden'
  | 'next-provider-asked'
  | 'part-created'
  | 'person-not-contacted'
  | 'place-released'
  | 'place-reserved'
  | 'questionnaires-given-out'
  | 'requester-asked'
  | 'summary-written';

/** One turn of a provider's Task, of the referral's own Task, or of the ServiceRequest. */
export interface Transition {
  /** Stays the same when the table grows. */
  id: string;
  /** `part`: a provider's Task; `parent`: the referral's own Task, which follows its parts; `request`: the ServiceRequest. */
  of: 'part' | 'parent' | 'request';
  /** Empty: it begins here. */
  from: readonly From[] | readonly ServiceRequest['status'][];
  /** `same` stays; `before` is the state in which it was interrupted. */
  to: TaskStatus | ServiceRequest['status'] | 'same' | 'before';
  business?: BusinessStatus | 'same' | 'before';
  /** The business status by which the turn is asked for, where it does not stay: a contact with somebody who waits. */
  asks?: BusinessStatus;
  who: readonly Actor[];
  /** What the Task must hold when it arrives there. */
  needs: readonly Need[];
  /** What its statusReason must be: an NHS code, the code for want of places, or any code or words. */
  reason?: 'rejection' | 'capacity' | 'any';
  /** The state that is left is kept, so that `before` finds it. */
  keepsState?: true;
  /** Asked for by its id only, as the Task looks the same before and after; or by its business status, never without. */
  asked?: 'by-id' | 'by-business-status';
  /** Ginnel's word about the clock: nothing happened to the person, and what happened last keeps its time. */
  reminds?: true;
  /** Happened when executionPeriod.start says, where no other time is said. */
  begins?: true;
  /** Type of the published event. */
  event: string;
  effects: readonly Effect[];
  /** What the requester's side, or Ginnel on its behalf, writes into ServiceRequest.status once no part is open. */
  request?: 'completed' | 'revoked' | 'entered-in-error' | 'active';
  /** When it is taken, in words. */
  when: string;
}

/** A turn of a provider's Task. */
export interface PartTurn extends Transition {
  of: 'part';
  from: readonly From[];
  to: TaskStatus | 'same' | 'before';
  business: BusinessStatus | 'same' | 'before';
}

/** A state that the referral's own Task takes when its parts are so. */
export interface ParentTurn extends Transition {
  of: 'parent';
  to: TaskStatus | 'same';
  business: BusinessStatus;
}

export interface RequestTurn extends Transition {
  of: 'request';
  from: readonly ServiceRequest['status'][];
  to: ServiceRequest['status'];
}

/** What a need is judged by, beside the Task as it will be. */
export interface Judged {
  previous: Task;
  actors: readonly Actor[];
  now: Date;
  policy: TurnPolicy;
  /** Who may say what the Task says now. */
  sayers: readonly Actor[];
  /** The referral has gone on without the Task's provider. */
  ownerLeft: boolean;
  /** The record of the person says that she or he has died. */
  died: boolean;
}

/** A demand on the Task as it will be; no Issue is no fault. */
export interface Need {
  (task: Task, judged: Judged): Issue[];
}
