import type { Task } from 'fhir/r4';
import { businessStatus, type BusinessStatus, businessStatusOf } from '../codes.js';
import { moveTask } from '../task-transition.js';

describe('a session that was missed', () => {
  it.each<[BusinessStatus, BusinessStatus]>([
    ['waitlisted', 'waitlisted'],
    ['booked', 'dna'],
    ['accepted', 'dna'],
  ])('by somebody who is %s leaves the Task %s', (business, expected) => {
    const before: Task = { ...part, businessStatus: businessStatus(business) };
    const next: Task = { ...part, businessStatus: businessStatus('dna') };
    const { event, task } = moveTask(before, next, { actors: ['provider'], now: new Date('2026-11-23T09:00:00Z') });
    expect([event, task.status, businessStatusOf(task)]).toEqual(['referral-session-missed.v1', 'accepted', expected]);
  });
});

const part: Task = { resourceType: 'Task', status: 'accepted', intent: 'order' };
