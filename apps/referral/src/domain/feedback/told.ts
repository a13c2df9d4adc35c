import type { Encounter, Task } from 'fhir/r4';
import { type BusinessStatus, businessStatusOf } from '../codes.js';

/** Whether the sender of a referral hears of a part that came into this state; where not, why. */
const heard: Readonly<Record<BusinessStatus, true | string>> = {
  sent: 'the answer to its message said so',
  acknowledged: 'the answer to its message said that it arrived',
  'info-needed': true,
  contacting: 'how a person is sought is between the person and the provider',
  accepted: true,
  waitlisted: true,
  'place-offered': 'an offer is made to the person',
  'capacity-full': true,
  'alternatives-offered': true,
  rejected: true,
  forwarded: true,
  split: true,
  'patient-declined': true,
  'unable-to-contact': true,
  booked: 'a session is between the person and the provider',
  started: true,
  'session-recorded': 'each session is no news; the outcome counts them',
  dna: true,
  paused: true,
  'activity-changed': true,
  completed: true,
  'partly-completed': true,
  disengaged: true,
  'cancel-requested': 'the sender asked for it',
  'cancelled-by-requester': true,
  'withdrawn-by-provider': true,
  error: 'the sender said so itself',
  escalated: true,
  expired: true,
  'death-reported': true,
  'patient-died': true,
  'patient-moved': true,
};

/** Turns that leave the state as it was, and are none of the sender's matters. */
const silent: readonly string[] = [
  'referral-requested.v1',
  'referral-opened.v1',
  'referral-progressed.v1',
  'referral-reminded.v1',
  'referral-contact-due.v1',
  'referral-contact-attempted.v1',
  'referral-session-recorded.v1',
  'referral-shared.v1',
  'referral-info-provided.v1',
];

/** These take back what the sender was told, whatever the state is that they lead to. */
const always: readonly string[] = [
  'referral-resumed.v1',
  'referral-cancel-refused.v1',
  'referral-undone.v1',
  'referral-reopened.v1',
];

/** What the sender of a referral is told of: turns of a part, by their event, and not each edit of it. */
export function isTold(event: string, part: Task): boolean {
  if (always.includes(event)) return true;
  const business = businessStatusOf(part) as BusinessStatus | undefined;
  const isTurn = event.startsWith('referral-') && !silent.includes(event);
  return isTurn && business !== undefined && heard[business] === true;
}

/** Why the sender does not hear of a state; undefined where it does. */
export function whySilent(business: BusinessStatus): string | undefined {
  const said = heard[business];
  return said === true ? undefined : said;
}

/** How a part stands as the receiver's Encounter, which is all that a plain BaRS sender may read. */
export function encounterStatusOf({ status }: Task): Encounter['status'] {
  switch (status) {
    case 'in-progress':
      return 'in-progress';
    case 'on-hold':
      return 'onleave';
    case 'completed':
      return 'finished';
    case 'rejected':
    case 'cancelled':
    case 'failed':
      return 'cancelled';
    case 'entered-in-error':
      return 'entered-in-error';
    default:
      return 'planned';
  }
}
