import type { Task } from 'fhir/r4';
import { businessStatus, occurredAtExtension } from './codes.js';
import { extensionsOf } from './extensions.js';
import { moveTask } from './task-transition.js';
import { saidOf, timeOf } from './turn-time.js';

const now = new Date('2026-11-22T19:00:00Z');
const provider = { actors: ['provider'], now } as const;

function accepted(at: string): Task {
  return {
    resourceType: 'Task',
    status: 'accepted',
    businessStatus: businessStatus('accepted'),
    intent: 'order',
    extension: [{ url: occurredAtExtension, valueDateTime: at }],
  };
}

function started(task: Task, start: string): Task {
  return moveTask(task, { ...task, status: 'in-progress', executionPeriod: { start } }, provider).task;
}

describe('a start', () => {
  it.each([
    ['its time', '2026-11-22T10:00:00Z', '2026-11-22T10:00:00Z'],
    ['its day', '2026-11-21', '2026-11-21'],
    ['what came before it on its day', '2026-11-20', '2026-11-20T09:00:00Z'],
    ['its record, where it lies before the last turn', '2026-11-19', now.toISOString()],
    ['its record, where it is to come', '2026-11-23', now.toISOString()],
  ])('happened at %s', (_, start, at) => {
    expect(timeOf(started(accepted('2026-11-20T09:00:00Z'), start))).toBe(at);
  });

  it('happened when that is said beside it', () => {
    const task = accepted('2026-11-20T09:00:00Z');
    const said = { extension: [{ url: occurredAtExtension, valueDateTime: '2026-11-22T12:00:00Z' }] };
    const next: Task = { ...task, ...said, status: 'in-progress', executionPeriod: { start: '2026-11-22' } };
    expect(timeOf(moveTask(task, next, provider).task)).toBe('2026-11-22T12:00:00Z');
  });
});

describe('a turn at the moment of the one before it', () => {
  const at = '2026-11-22T10:00:00Z';
  const session = (task: Task, said: string): Task => ({
    ...task,
    businessStatus: businessStatus('session-recorded'),
    extension: [{ url: occurredAtExtension, valueDateTime: said }],
  });

  it('is said in other words, and is no late one', () => {
    const task = started(accepted('2026-11-20T09:00:00Z'), at);
    const said = saidOf(task, at);
    const moved = moveTask(task, session(task, said), provider);
    expect([said, moved.event, moved.late]).toEqual([
      '2026-11-22T10:00:00.000Z',
      'referral-session-recorded.v1',
      undefined,
    ]);
    expect(extensionsOf(moved.task, occurredAtExtension).map((one) => one.valueDateTime)).toEqual([said]);
    expect(saidOf(moved.task, at, { isRepeated: true })).toBe(said);
    expect(saidOf(moved.task, said)).toBe('2026-11-22T10:00:00.000+00:00');
  });

  it('happened when it is recorded, where its words are those that were read', () => {
    const task = started(accepted('2026-11-20T09:00:00Z'), at);
    expect(timeOf(moveTask(task, session(task, at), provider).task)).toBe(now.toISOString());
  });
});
