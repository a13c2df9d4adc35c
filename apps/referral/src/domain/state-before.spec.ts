import { describe, expect, it } from '@jest/globals';
import type { Task } from 'fhir/r4';
import { businessStatus } from './codes.js';
import { stateBefore } from './state-before.js';
import { moveTask } from './task-transition.js';
import type { Actor } from './transitions.js';

const now = new Date('2026-11-20T10:00:00Z');
const started: Task = {
  resourceType: 'Task',
  id: 'part',
  status: 'in-progress',
  intent: 'order',
  businessStatus: businessStatus('started'),
  partOf: [{ reference: 'Task/referral' }],
  requester: { reference: 'Organization/practice' },
  owner: { reference: 'Organization/charity' },
};

describe('An end that either side may say', () => {
  it.each([
    ['requester', 'provider'],
    ['provider', 'requester'],
  ] as const)('is taken back by the %s that said it, and not by the %s', (sayer, other) => {
    const declined = decline([sayer]);
    expect(stateBefore(declined)).toEqual({ status: 'in-progress', business: 'started', at: now, by: [sayer] });
    expect(() => undo(declined, [other])).toThrow('by the side that said it');
    expect(undo(declined, [sayer])).toBe('referral-undone.v1');
  });

  it('is taken back by whoever is both sides', () => {
    expect(undo(decline(['requester', 'provider']), ['provider'])).toBe('referral-undone.v1');
  });

  it('that Ginnel said on behalf of one side is taken back by that side', () => {
    const asked = move(started, { businessStatus: businessStatus('cancel-requested') }, ['requester']);
    const cancelled = move(asked, { status: 'cancelled', businessStatus: businessStatus('cancelled-by-requester') }, [
      'system',
    ]);
    expect(stateBefore(cancelled)?.by).toEqual([]);
    expect(() => undo(cancelled, ['requester'])).toThrow('by the side that said it');
    expect(undo(cancelled, ['provider'])).toBe('referral-undone.v1');
  });
});

function decline(actors: readonly Actor[]): Task {
  const note = [{ authorString: 'A worker', time: '2026-11-20T09:00:00Z', text: 'She said so.' }];
  return move(started, { status: 'cancelled', businessStatus: businessStatus('patient-declined'), note }, actors);
}

function undo(task: Task, actors: readonly Actor[]): string {
  const back: Partial<Task> = { status: 'in-progress', businessStatus: businessStatus('started') };
  return moveTask(task, { ...task, ...back }, { actors, now }).event;
}

function move(task: Task, change: Partial<Task>, actors: readonly Actor[]): Task {
  return moveTask(task, { ...task, ...change }, { actors, now }).task;
}
