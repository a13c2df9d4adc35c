import type { Task } from 'fhir/r4';
import { businessStatus, businessStatuses } from '../codes.js';
import { partTurns } from '../transitions.js';
import { encounterStatusOf, isTold, whySilent } from './told.js';

function part(business: (typeof businessStatuses)[number]): Task {
  return { resourceType: 'Task', status: 'accepted', intent: 'order', businessStatus: businessStatus(business) };
}

/** Ways in which a part comes to its end, or to what a sender must act on. */
const mustHear = [
  'referral-accepted.v1',
  'referral-waitlisted.v1',
  'referral-capacity-full.v1',
  'referral-rejected.v1',
  'referral-forwarded.v1',
  'referral-started.v1',
  'referral-session-missed.v1',
  'referral-unable-to-contact.v1',
  'referral-declined.v1',
  'referral-paused.v1',
  'referral-cancelled.v1',
  'referral-cancel-refused.v1',
  'referral-expired.v1',
  'referral-completed.v1',
  'referral-withdrawn.v1',
  'referral-disengaged.v1',
  'referral-patient-died.v1',
  'referral-info-requested.v1',
];

describe('what the sender of a referral is told', () => {
  const turns = partTurns.flatMap(({ event, business }) =>
    business === 'same' || business === 'before' ? [] : [{ event, told: isTold(event, part(business)) }],
  );

  it.each(mustHear)('is every %s', (event) => {
    const known = partTurns.filter((turn) => turn.event === event);
    const told = turns.filter((turn) => turn.event === event);
    expect([known.length > 0, told.every((turn) => turn.told)]).toEqual([true, true]);
  });

  it('is every turn that ends a part', () => {
    const ends = partTurns.filter(({ to }) => ['completed', 'rejected', 'cancelled', 'failed'].includes(to));
    const silent = ends.filter(
      ({ event, business }) => business !== 'same' && business !== 'before' && !isTold(event, part(business)),
    );
    expect(silent.map(({ event }) => event)).toEqual([]);
  });

  it('is no edit, and nothing of the parent or of reminders', () => {
    const events = ['task-updated.v1', 'referral-progressed.v1', 'referral-reminded.v1', 'referral-requested.v1'];
    expect(events.map((event) => isTold(event, part('accepted')))).toEqual([false, false, false, false]);
  });

  it('is what is taken back, whatever it leads to', () => {
    expect(isTold('referral-resumed.v1', part('acknowledged'))).toBe(true);
  });

  it('leaves out no state without a reason', () => {
    const silent = businessStatuses.filter((business) => !isTold('referral-anything.v1', part(business)));
    expect(silent.map(whySilent)).not.toContain(undefined);
  });
});

describe('the Encounter in which a BaRS sender reads a part', () => {
  it.each<[Task['status'], string]>([
    ['accepted', 'planned'],
    ['in-progress', 'in-progress'],
    ['on-hold', 'onleave'],
    ['completed', 'finished'],
    ['rejected', 'cancelled'],
    ['failed', 'cancelled'],
    ['entered-in-error', 'entered-in-error'],
  ])('of %s is %s', (status, encounter) => {
    expect(encounterStatusOf({ resourceType: 'Task', intent: 'order', status })).toBe(encounter);
  });
});
