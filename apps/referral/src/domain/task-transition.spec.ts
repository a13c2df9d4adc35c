import type { Task } from 'fhir/r4';
import { FhirError } from '#fhir';
import {
  businessStatus,
  type BusinessStatus,
  expectedWaitExtension,
  readinessExtension,
  readinessSystem,
  rejectedReasonSystem,
  taskInputSystem,
  taskOutputSystem,
  waitlistReviewExtension,
} from './codes.js';
import { allowedTurns, moveTask } from './task-transition.js';
import { type Actor, transitions } from './transitions.js';

const provider: Actor[] = ['provider'];

describe('the turns of a Task', () => {
  it.each(
    transitions.map((transition) => [`${transition.from.join(', ')} → ${transition.business}`, transition] as const),
  )('%s is taken by its provider with all that it needs', (_title, { from, to, business, event }) => {
    for (const status of from) {
      const before = task(status);
      const after = {
        ...before,
        ...everything,
        ...(business === 'activity-changed' ? otherActivity : {}),
        status: to === 'same' ? status : to,
        businessStatus: businessStatus(business),
      };
      const moved = moveTask(before, after, provider);
      expect([moved.event, moved.task.status, moved.task.businessStatus]).toEqual([
        event,
        to === 'same' ? status : to,
        businessStatus(business),
      ]);
    }
  });

  it.each([
    ['accepted', 'waitlisted', ['Task.extension', 'Task.extension']],
    ['rejected', 'rejected', ['Task.statusReason']],
    ['rejected', 'capacity-full', ['Task.statusReason']],
    ['received', 'contacting', ['Task.extension']],
  ] as const)('to %s as %s says what is missing', (status, business, missing) => {
    const before = task('requested');
    const issues = refusal(() =>
      moveTask(before, { ...before, status, businessStatus: businessStatus(business) }, provider),
    );
    expect(issues.map(({ expression }) => expression?.[0])).toEqual(missing);
  });

  it('to in-progress needs its start, and to completed its outcome', () => {
    const accepted = task('accepted');
    const unstarted = refusal(() => moveTask(accepted, { ...accepted, status: 'in-progress' }, provider));
    const unsaid = refusal(() => moveTask(accepted, { ...accepted, status: 'completed' }, provider));
    expect([unstarted[0]?.expression, unsaid[0]?.expression]).toEqual([
      ['Task.executionPeriod.start'],
      ['Task.output'],
    ]);
  });

  it('out of order are refused with what is allowed', () => {
    const before = task('rejected');
    const [issue] = refusal(() => moveTask(before, { ...before, status: 'accepted' }, provider));
    expect(issue?.diagnostics).toBe('A Task cannot go from rejected to accepted like this; this is an end.');
    expect(allowedTurns(task('requested'))).toContain('accepted/waitlisted');
  });

  it("are not the requester's to take", () => {
    const before = task('requested');
    const [issue] = refusal(() => moveTask(before, { ...before, status: 'accepted' }, ['requester']));
    expect(issue?.code).toBe('forbidden');
  });

  it.each(['focus', 'for', 'owner', 'requester', 'partOf'] as const)('never change its %s', (element) => {
    const before = task('requested');
    const other = element === 'partOf' ? [{ reference: 'Task/other' }] : { reference: 'Task/other' };
    const issues = refusal(() => moveTask(before, { ...before, status: 'accepted', [element]: other }, provider));
    expect(issues.map(({ expression }) => expression)).toEqual([[`Task.${element}`]]);
  });

  it('are told from an edit, which keeps the business status', () => {
    const before = { ...task('accepted'), businessStatus: businessStatus('waitlisted') };
    const edited: Task = { ...before, description: 'Rings after six.' };
    delete edited.businessStatus;
    expect(moveTask(before, edited, provider)).toMatchObject({
      event: 'task-updated.v1',
      task: { businessStatus: businessStatus('waitlisted'), description: 'Rings after six.' },
    });
  });
});

function refusal(move: () => unknown) {
  try {
    move();
  } catch (error) {
    if (error instanceof FhirError) return error.issues;
  }
  throw new Error('The turn was not refused.');
}

const otherActivity: Partial<Task> = {
  input: [
    {
      type: { coding: [{ system: taskInputSystem, code: 'activity' }] },
      valueReference: { reference: 'HealthcareService/other' },
    },
  ],
};

const everything: Partial<Task> = {
  statusReason: { coding: [{ system: rejectedReasonSystem, code: '22' }] },
  executionPeriod: { start: '2026-11-01' },
  output: [{ type: { coding: [{ system: taskOutputSystem, code: 'need-met' }] }, valueCode: 'fully' }],
  extension: [
    { url: expectedWaitExtension, valueDuration: { value: 3, unit: 'wk' } },
    { url: waitlistReviewExtension, valueDate: '2026-12-01' },
    { url: readinessExtension, valueCodeableConcept: { coding: [{ system: readinessSystem, code: 'green' }] } },
  ],
};

function task(status: Task['status'], business: BusinessStatus = 'sent'): Task {
  return {
    resourceType: 'Task',
    id: 'part',
    status,
    intent: 'order',
    businessStatus: businessStatus(business),
    partOf: [{ reference: 'Task/referral' }],
    focus: { reference: 'ServiceRequest/wish' },
    for: { reference: 'Patient/person' },
    requester: { reference: 'Organization/practice' },
    owner: { reference: 'Organization/charity' },
  };
}
