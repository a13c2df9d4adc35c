import type { Task } from 'fhir/r4';
import {
  businessStatus,
  type BusinessStatus,
  businessStatusOf,
  contactDueExtension,
  taskInputSystem,
} from './codes.js';
import { moveTask } from './task-transition.js';

const now = new Date('2026-11-22T10:00:00Z');
const activity = (id: string) => ({
  type: { coding: [{ system: taskInputSystem, code: 'activity' }] },
  valueReference: { reference: `HealthcareService/${id}` },
});

function part(status: Task['status'], business: BusinessStatus, more: Partial<Task> = {}): Task {
  const input = [activity('walks')];
  return { resourceType: 'Task', status, intent: 'order', businessStatus: businessStatus(business), input, ...more };
}

const movedTo = (before: Task, status: Task['status'], business: BusinessStatus, more: Partial<Task> = {}): Task =>
  moveTask(
    before,
    { ...before, status, businessStatus: businessStatus(business), ...more },
    { actors: ['provider'], now },
  ).task;

const changed = (status: 'accepted' | 'in-progress', business: BusinessStatus): Task =>
  movedTo(part(status, business), status, 'activity-changed', { input: [activity('dance')] });

const because = { statusReason: { text: 'In words.' } };
const until = [{ url: contactDueExtension, valueDate: '2026-12-05' }];

describe('a Task whose activity was changed', () => {
  it('rests, and goes on with that activity', () => {
    const rests = movedTo(changed('in-progress', 'started'), 'on-hold', 'paused', { ...because, extension: until });
    const back = movedTo(rests, 'in-progress', 'activity-changed');
    expect([back.status, businessStatusOf(back), back.input]).toEqual([
      'in-progress',
      'activity-changed',
      [activity('dance')],
    ]);
  });

  it('takes its end back', () => {
    const needMet = {
      type: { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/task-output', code: 'need-met' }] },
    };
    const output = [{ ...needMet, valueCode: 'fully' }];
    const ended = movedTo(changed('in-progress', 'started'), 'completed', 'completed', { output });
    expect(businessStatusOf(movedTo(ended, 'in-progress', 'activity-changed'))).toBe('activity-changed');
  });

  it('goes on once its question is answered, by a note or by a record', () => {
    const asks = movedTo(changed('accepted', 'accepted'), 'accepted', 'info-needed', because);
    const note = [{ text: 'The left knee.' }];
    expect(businessStatusOf(movedTo(asks, 'accepted', 'activity-changed', { note }))).toBe('activity-changed');
    const information = {
      type: { coding: [{ system: taskInputSystem, code: 'information' }] },
      valueReference: { reference: 'DocumentReference/letter' },
    };
    const input = [activity('dance'), information];
    expect(movedTo(asks, 'accepted', 'activity-changed', { input }).input).toEqual(input);
  });

  it('gets another activity only by naming one', () => {
    expect(() => movedTo(part('in-progress', 'started'), 'in-progress', 'activity-changed')).toThrow();
  });
});
