import type { Task } from 'fhir/r4';
import { businessStatus, type BusinessStatus, businessStatusOf } from './codes.js';
import { rollUp } from './roll-up.js';

describe("a referral's own Task", () => {
  it.each([
    [['requested'], 'requested', 'sent'],
    [['received', 'requested'], 'received', 'acknowledged'],
    [['accepted', 'requested'], 'accepted', 'accepted'],
    [['accepted/waitlisted', 'accepted/waitlisted'], 'accepted', 'waitlisted'],
    [['accepted/waitlisted', 'requested'], 'accepted', 'accepted'],
    [['in-progress', 'accepted'], 'in-progress', 'started'],
    [['completed', 'accepted'], 'accepted', 'accepted'],
    [['completed', 'completed'], 'completed', 'completed'],
    [['completed', 'rejected'], 'completed', 'partly-completed'],
    [['rejected', 'rejected'], 'received', 'alternatives-offered'],
    [['rejected', 'requested'], 'requested', 'sent'],
  ])('with parts %j is %s/%s', (parts, status, business) => {
    const rolled = rollUp(task('requested/draft-like'), parts.map(task));
    expect([rolled.status, businessStatusOf(rolled)]).toEqual([status, business]);
  });

  it('is the same object where nothing changes', () => {
    const parent = task('accepted/accepted');
    expect(rollUp(parent, [task('accepted/accepted')])).toBe(parent);
  });
});

function task(state: string): Task {
  const [status, business = 'sent'] = state.split('/');
  return {
    resourceType: 'Task',
    status: status as Task['status'],
    intent: 'order',
    businessStatus: businessStatus(business as BusinessStatus),
  };
}
