import type { Task } from 'fhir/r4';
import { expectedWaitExtension, replyByExtension, taskOutputSystem, waitlistReviewExtension } from '../codes.js';
import { defaultTurnPolicy } from '../turns/turn-policy.js';
import { outcomeIsRecorded } from './outcome-is-recorded.rule.js';
import { replyIsDated } from './reply-is-dated.rule.js';
import { startIsDated } from './start-is-dated.rule.js';
import { waitIsEstimated } from './wait-is-estimated.rule.js';

const now = new Date('2026-11-22T10:00:00Z');
const task: Task = { resourceType: 'Task', status: 'accepted', intent: 'order' };
const judged = {
  previous: task,
  actors: [],
  now,
  policy: defaultTurnPolicy,
  sayers: [],
  ownerLeft: false,
  died: false,
};

describe('a start', () => {
  const on = (start: string) => startIsDated({ ...task, executionPeriod: { start } }, judged);

  it('is of today or before', () => {
    expect([on('2026-11-22'), on('2026-11-22T23:30:00+01:00'), on('2019-05')]).toEqual([[], [], []]);
  });

  it('of a day to come has not been', () => {
    expect(on('2030-01-01').map(({ code, expression }) => [code, expression])).toEqual([
      ['value', ['Task.executionPeriod.start']],
    ]);
  });
});

describe('an offered place', () => {
  const until = (valueDate?: string) =>
    replyIsDated({ ...task, ...(valueDate ? { extension: [{ url: replyByExtension, valueDate }] } : {}) }, judged);

  it('is kept until a day that is not over', () => {
    expect(['2026-11-21', '2026-11-22', '2026-12-01'].map(until)).toEqual([[], [], []]);
    expect([until(), until('2026-11-20'), until('2020-01-01')].map(([issue]) => issue?.code)).toEqual([
      'required',
      'value',
      'value',
    ]);
  });
});

describe('an outcome', () => {
  const output = (code: string, value: object) => ({
    type: { coding: [{ system: taskOutputSystem, code }] },
    ...value,
  });
  const sessions = (offered: number, attended: number): Task => ({
    ...task,
    output: [
      output('need-met', { valueCode: 'fully' }),
      output('sessions-offered', { valueUnsignedInt: offered }),
      output('sessions-attended', { valueUnsignedInt: attended }),
    ] as NonNullable<Task['output']>,
  });

  it('counts at most as many sessions attended as were offered', () => {
    expect(outcomeIsRecorded(sessions(6, 6))).toEqual([]);
    expect(outcomeIsRecorded(sessions(2, 5)).map(({ code }) => code)).toEqual(['business-rule']);
  });
});

describe('an expected wait', () => {
  const of = (value: number): Task => ({
    ...task,
    extension: [
      { url: expectedWaitExtension, valueDuration: { value, unit: 'weeks' } },
      { url: waitlistReviewExtension, valueDate: '2026-12-20' },
    ],
  });

  it('is none or some, never less', () => {
    expect([waitIsEstimated(of(0)), waitIsEstimated(of(6))]).toEqual([[], []]);
    expect(waitIsEstimated(of(-6)).map(({ code }) => code)).toEqual(['value']);
  });
});
