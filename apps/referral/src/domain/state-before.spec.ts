import { describe, expect, it } from '@jest/globals';
import type { Task } from 'fhir/r4';
import { businessStatus, taskOutputSystem } from './codes.js';
import { isCancellationAsked, isDeathReported, stateBefore, statesBefore } from './state-before.js';
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
    const sent: Task = { ...started, status: 'requested', businessStatus: businessStatus('sent') };
    const cancelled = cancel(sent, ['system']);
    expect(stateBefore(cancelled)?.by).toEqual([]);
    expect(() => undo(cancelled, ['provider'], sent)).toThrow('the requester alone begins again');
    expect(undo(cancelled, ['requester'], sent)).toBe('referral-undone.v1');
  });

  it.each(['provider', 'system'] as const)(
    'by which its requester cancelled it is not taken back by its provider, though the %s said so',
    (sayer) => {
      const asked = move(started, { businessStatus: businessStatus('cancel-requested') }, ['requester']);
      const cancelled = cancel(asked, [sayer]);
      expect(() => undo(cancelled, ['provider'])).toThrow('the requester alone begins again');
      expect(() => undo(cancelled, ['requester'])).toThrow('by the side that said it');
    },
  );

  it('is not taken back once the referral goes on without its provider', () => {
    const back = { ...decline(['provider']), status: started.status, businessStatus: businessStatus('started') };
    const left = () => moveTask(decline(['provider']), back, { actors: ['provider'], now, ownerLeft: true });
    expect(left).toThrow('Another part goes on with it');
  });
});

describe('A death that was reported before a cancellation was asked', () => {
  const words: Partial<Task> = { statusReason: { text: 'We ask the family first.' } };
  const resting: Partial<Task> = { status: 'on-hold', businessStatus: businessStatus('death-reported') };
  const reported = move(started, resting, ['provider']);
  const asked = move(reported, { businessStatus: businessStatus('cancel-requested') }, ['requester']);
  const wished: Task = { ...asked, ...resting };

  it('stands again when its provider refuses, and nothing is asked any more', () => {
    const refused = moveTask(asked, { ...wished, ...words }, { actors: ['provider'], now });
    expect([refused.event, isDeathReported(refused.task), isCancellationAsked(refused.task)]).toEqual([
      'referral-cancel-refused.v1',
      true,
      false,
    ]);
    const lives = moveTask(refused.task, { ...refused.task, ...stands(started) }, { actors: ['requester'], now });
    expect([lives.event, lives.task.status, statesBefore(lives.task)]).toEqual([
      'referral-resumed.v1',
      'in-progress',
      [],
    ]);
  });

  it.each([
    ['the requester', { actors: ['requester'] }],
    ['a provider that perhaps repeats it', { actors: ['provider'], isBlind: true }],
  ] as const)('is kept when %s says it again, and the cancellation stays asked', (_who, mover) => {
    const again = moveTask(asked, { ...wished, ...words }, { ...mover, now });
    expect([again.late, isDeathReported(again.task), isCancellationAsked(again.task)]).toEqual([
      'cancel-open',
      true,
      true,
    ]);
  });
});

describe('A death that is reported while a cancellation is asked', () => {
  const asked = move(started, { businessStatus: businessStatus('cancel-requested') }, ['requester']);
  const reported = move(asked, { status: 'on-hold', businessStatus: businessStatus('death-reported') }, ['provider']);

  it('leaves it asked, also once that was false', () => {
    expect([isDeathReported(reported), isCancellationAsked(reported)]).toEqual([true, true]);
    const lives = move(reported, stands(asked), ['requester']);
    expect([isDeathReported(lives), isCancellationAsked(lives)]).toEqual([false, true]);
  });

  it('leaves nothing asked of an end that is taken back', () => {
    const output = [{ type: { coding: [{ system: taskOutputSystem, code: 'need-met' }] }, valueCode: 'fully' }];
    const completed = businessStatus('completed');
    const ended = move(reported, { status: 'completed', businessStatus: completed, output }, ['provider']);
    const undone = move(ended, stands(reported), ['provider']);
    expect(statesBefore(undone).map(({ business }) => business)).toEqual(['started']);
    expect([isDeathReported(undone), isCancellationAsked(undone)]).toEqual([true, false]);
  });
});

function stands({ status, businessStatus: business }: Task): Partial<Task> {
  return { status, ...(business ? { businessStatus: business } : {}) };
}

function decline(actors: readonly Actor[]): Task {
  const note = [{ authorString: 'A worker', time: '2026-11-20T09:00:00Z', text: 'She said so.' }];
  return move(started, { status: 'cancelled', businessStatus: businessStatus('patient-declined'), note }, actors);
}

function undo(task: Task, actors: readonly Actor[], { status, businessStatus: business } = started): string {
  const back = { ...task, status, ...(business ? { businessStatus: business } : {}) };
  return moveTask(task, back, { actors, now }).event;
}

function cancel(task: Task, actors: readonly Actor[]): Task {
  return move(task, { status: 'cancelled', businessStatus: businessStatus('cancelled-by-requester') }, actors);
}

function move(task: Task, change: Partial<Task>, actors: readonly Actor[]): Task {
  return moveTask(task, { ...task, ...change }, { actors, now }).task;
}
