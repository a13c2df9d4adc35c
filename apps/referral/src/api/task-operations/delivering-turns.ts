import type { Task } from 'fhir/r4';
import { hasCode, taskInputSystem } from '../../domain/codes.js';
import { missedWaiting } from '../../domain/waiting.js';
import type { Asked, TaskTurn, TurnParameter } from './task-turn.js';
import { optional, required, several } from './turn-parameters.js';
import { turned, withOutputs, wordsOf } from './wished-task.js';

const outcome: readonly TurnParameter[] = [
  required('needMet', 'code', 'fully, partly or no.'),
  optional('outcome', 'string', 'What came of it, in plain words.'),
  several('stillOpen', 'string', 'What remains to be done.'),
  optional('offered', 'unsignedInt', 'Sessions that were offered.'),
  optional('attended', 'unsignedInt', 'Sessions that the person came to.'),
];

/** From the first session to the outcome. */
export const deliveringTurns: readonly TaskTurn[] = [
  {
    code: 'start',
    title: 'Start',
    description: 'The activity begins.',
    parameters: [required('date', 'dateTime', 'When it began: the first attendance.')],
    wish: (task, { given }) => {
      const start = given.value('date', 'DateTime') ?? '';
      return turned(task, 'in-progress', 'started', { executionPeriod: { ...task.executionPeriod, start } });
    },
  },
  {
    code: 'record-session',
    title: 'Record a session',
    description: 'A session took place, and the person came. Where sessions are booked, update the Appointment, too.',
    parameters: [],
    isDated: true,
    wish: (task) => turned(task, task.status, 'session-recorded'),
  },
  {
    code: 'did-not-attend',
    title: 'Did not attend',
    description: 'The person did not come. Where the session was booked, update the Appointment, too.',
    parameters: [],
    isDated: true,
    wish: (task, { given }) => {
      const isTold = missedWaiting(task, given.value('occurredAt', 'DateTime'));
      return turned(task, task.status, isTold ? 'waitlisted' : 'dna');
    },
  },
  {
    code: 'change-activity',
    title: 'Change the activity',
    description: 'The same provider offers another activity; another provider is asked with $forward.',
    parameters: [
      required('activity', 'Reference', 'HealthcareService of the same provider.'),
      optional(
        'instead',
        'Reference',
        'HealthcareService that it takes the place of; without it, of all that are named.',
      ),
    ],
    wish: withActivity,
  },
  {
    code: 'complete',
    title: 'Complete',
    description: 'The work is done; the requester gets the outcome.',
    parameters: outcome,
    wish: (task, asked) => withOutcome(turned(task, 'completed', 'completed'), asked),
  },
  {
    code: 'disengage',
    title: 'End for somebody who stopped coming',
    description: 'The person stopped coming; what was reached is recorded.',
    parameters: [...outcome, required('reasonText', 'string', 'Why it ends.')],
    wish: (task, asked) =>
      withOutcome(turned(task, 'failed', 'disengaged', { statusReason: wordsOf(asked.given) }), asked),
  },
];

function withActivity(task: Task, { given }: Asked): Task {
  const [next, instead] = [given.value('activity', 'Reference'), given.value('instead', 'Reference')];
  const isReplaced = (input: NonNullable<Task['input']>[number]): boolean =>
    hasCode(input.type, taskInputSystem, 'activity') &&
    (instead === undefined || input.valueReference?.reference === instead.reference);
  const kept = (task.input ?? []).filter((input) => !isReplaced(input));
  const type = { coding: [{ system: taskInputSystem, code: 'activity' }] };
  const input = [...kept, ...(next ? [{ type, valueReference: next }] : [])];
  return turned(task, task.status, 'activity-changed', { input });
}

function withOutcome(task: Task, { given }: Asked): Task {
  const [needMet, words] = [given.value('needMet', 'Code'), given.value('outcome', 'String')];
  const [offered, attended] = [given.value('offered', 'UnsignedInt'), given.value('attended', 'UnsignedInt')];
  return withOutputs(task, {
    'need-met': needMet === undefined ? [] : [{ valueCode: needMet }],
    outcome: words === undefined ? [] : [{ valueString: words }],
    'still-open': given.values('stillOpen', 'String').map((valueString) => ({ valueString })),
    'sessions-offered': offered === undefined ? [] : [{ valueUnsignedInt: offered }],
    'sessions-attended': attended === undefined ? [] : [{ valueUnsignedInt: attended }],
  });
}
