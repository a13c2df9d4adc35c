import type { Task } from 'fhir/r4';
import { type BusinessStatus, businessStatusOf, contactDueExtension, workerExtension } from '../../domain/codes.js';
import { isCancellationAsked } from '../../domain/state-before.js';
import { statusReasonSystem } from '../../domain/status-reasons.js';
import { wentBack } from './back.js';
import type { Asked, TaskTurn } from './task-turn.js';
import { optional, required } from './turn-parameters.js';
import { turned, withExtensions, withOutputs, wordsOf } from './wished-task.js';

/** What stops the work, and how it goes on or ends without an outcome; who does it. */
export const interruptingTurns: readonly TaskTurn[] = [
  {
    code: 'hold',
    title: 'Put on hold',
    description: 'The work rests until a day that is named.',
    parameters: [
      required('reasonText', 'string', 'Why it rests.'),
      required('until', 'date', 'When the person is contacted next.'),
    ],
    wish: (task, { given }) =>
      withExtensions(turned(task, 'on-hold', 'paused', { statusReason: wordsOf(given) }), [
        [contactDueExtension, { valueDate: given.value('until', 'Date') ?? '' }],
      ]),
  },
  {
    code: 'resume',
    title: 'Go on',
    description: 'The work goes on where it was before it rested; after the report of a death, where that was false.',
    parameters: [],
    wish: (task) => wentBack(task, ['paused', 'death-reported']),
  },
  {
    code: 'decline',
    title: 'The person declines',
    description: 'The person does not want it. The note says what they said; its author heard it.',
    parameters: [],
    note: 'What the person said.',
    wish: (task) => turned(task, 'cancelled', 'patient-declined'),
  },
  {
    code: 'unable-to-contact',
    title: 'Nobody was reached',
    description: 'Attempts enough, in ways and days enough, reached nobody. Record each with $record-contact.',
    parameters: [],
    wish: (task) => turned(task, 'failed', 'unable-to-contact'),
  },
  {
    code: 'withdraw',
    title: 'The provider withdraws',
    description: 'The provider cannot go on.',
    parameters: [required('reasonText', 'string', 'Why.'), optional('reason', 'code', `Of ${statusReasonSystem}.`)],
    note: 'Who looks after the person now, and what they need to know.',
    wish: withdrawn,
  },
  {
    code: 'forward',
    title: 'Forward to another provider',
    description:
      'Another provider is asked in the place of this one, which keeps only the fact. The output of type successor names its Task; it is seen by that provider and the requester.',
    parameters: [required('to', 'Reference', 'HealthcareService, or Organization, that is asked.')],
    note: 'That the person agreed, and why.',
    wish: forwarded,
  },
  {
    code: 'undo',
    title: 'Take back an end',
    description:
      'The side that ended it takes that back, within 72 hours, while nobody else goes on with it and not after a death.',
    parameters: [],
    wish: (task) => wentBack(task, endings),
  },
  {
    code: 'cancel',
    title: 'Ask to cancel',
    description:
      'The requester wants it no more: cancelled at once where the provider has not seen it, otherwise asked.',
    parameters: [optional('reasonText', 'string', 'Why.')],
    wish: cancelled,
  },
  {
    code: 'confirm-cancellation',
    title: 'Confirm a cancellation',
    description: 'The requester asked to cancel, and the provider does.',
    parameters: [],
    wish: (task) => turned(task, 'cancelled', 'cancelled-by-requester'),
  },
  {
    code: 'refuse-cancellation',
    title: 'Refuse a cancellation',
    description: 'The requester asked to cancel, and the provider goes on where it was.',
    parameters: [required('reasonText', 'string', 'Why.')],
    wish: (task, { given }) => ({ ...wentBack(task, ['cancel-requested']), statusReason: wordsOf(given) }),
  },
  {
    code: 'assign',
    title: 'Assign a worker',
    description: 'Says who at the provider works on it; without a worker, nobody in particular.',
    parameters: [optional('worker', 'Reference', 'Practitioner or PractitionerRole.')],
    isEdit: true,
    wish: (task, { given }) => {
      const worker = given.value('worker', 'Reference');
      return withExtensions(task, [[workerExtension, worker && { valueReference: worker }]]);
    },
  },
];

function withdrawn(task: Task, { given }: Asked): Task {
  const code = given.value('reason', 'Code');
  const coding = code === undefined ? {} : { coding: [{ system: statusReasonSystem, code }] };
  return turned(task, 'cancelled', 'withdrawn-by-provider', { statusReason: { ...coding, ...wordsOf(given) } });
}

const endings: readonly BusinessStatus[] = [
  'completed',
  'rejected',
  'capacity-full',
  'disengaged',
  'unable-to-contact',
  'patient-declined',
  'patient-moved',
  'withdrawn-by-provider',
  'cancelled-by-requester',
];

/** Asked again, it stays as it is where it went to the same provider; that is judged with the plain update. */
function forwarded(task: Task, { given }: Asked): Task {
  const to = given.value('to', 'Reference');
  if (!to) return task;
  const ended = businessStatusOf(task) === 'forwarded' ? task : turned(task, 'cancelled', 'forwarded');
  return withOutputs(ended, { successor: [{ valueReference: to }] });
}

function cancelled(task: Task, { given }: Asked): Task {
  const words = wordsOf(given);
  const why = words.text === undefined ? {} : { statusReason: words };
  const isDone = businessStatusOf(task) === 'cancelled-by-requester';
  if (task.status === 'requested' || isDone) return turned(task, 'cancelled', 'cancelled-by-requester', why);
  if (isCancellationAsked(task)) return task;
  return turned(task, task.status, 'cancel-requested', why);
}
