import type { CodeableConcept, Task } from 'fhir/r4';
import type { OperationParameters } from '#fhir-server';
import {
  expectedWaitExtension,
  rejectedReasons,
  rejectedReasonSystem,
  replyByExtension,
  waitlistPlaceExtension,
  waitlistReviewExtension,
} from '../../domain/codes.js';
import { statusReasonSystem } from '../../domain/status-reasons.js';
import { wentBack } from './back.js';
import type { Asked, TaskTurn } from './task-turn.js';
import { optional, required } from './turn-parameters.js';
import { turned, withExtensions, wordsOf } from './wished-task.js';

/** Until the provider has said yes, not yet, or no. */
export const decidingTurns: readonly TaskTurn[] = [
  {
    code: 'acknowledge',
    title: 'Acknowledge a referral',
    description: "Somebody on the provider's side has seen it.",
    parameters: [],
    wish: (task) => turned(task, 'received', 'acknowledged'),
  },
  {
    code: 'request-information',
    title: 'Ask the requester something',
    description: 'Something is not clear. Until it is answered no deadline runs.',
    parameters: [required('question', 'string', 'What the requester is asked.')],
    wish: (task, { given }) =>
      turned(task, task.status === 'requested' ? 'received' : task.status, 'info-needed', {
        statusReason: { text: given.value('question', 'String') ?? '' },
      }),
  },
  {
    code: 'provide-information',
    title: 'Answer the question of the provider',
    description: 'The answer stands in the note; the Task is where it was before the question.',
    parameters: [],
    note: 'The answer.',
    wish: (task) => wentBack(task, ['info-needed']),
  },
  {
    code: 'accept',
    title: 'Accept a referral',
    description: 'The provider takes the person.',
    parameters: [],
    wish: (task) => turned(task, 'accepted', 'accepted'),
  },
  {
    code: 'reject',
    title: 'Reject a referral',
    description: `The provider says no. Where it has no place (${rejectedReasons.capacity}) the requester chooses among others.`,
    parameters: [
      required('reason', 'code', `Of ${rejectedReasonSystem}, such as 40, or of ${statusReasonSystem}.`),
      optional('reasonText', 'string', 'The same in words.'),
    ],
    wish: (task, { given }) => {
      const statusReason = rejectionIn(given);
      const isFull = [rejectedReasons.capacity, 'capacity'].includes(statusReason.coding?.[0]?.code ?? '');
      return turned(task, 'rejected', isFull ? 'capacity-full' : 'rejected', { statusReason });
    },
  },
  {
    code: 'waitlist',
    title: 'Put on the waiting list',
    description: 'The provider takes the person as soon as there is a place, or says more of the wait.',
    parameters: [
      required('expectedWait', 'Duration', 'How long it will be.'),
      required('review', 'date', 'When the provider looks at the list again.'),
      optional('place', 'positiveInt', 'Place in the list, from 1.'),
    ],
    note: 'What the person was told of the wait, and how.',
    wish: waitlisted,
  },
  {
    code: 'offer-place',
    title: 'Offer a place',
    description: 'A place has come free for somebody who waits.',
    parameters: [required('replyBy', 'date', 'Until when the place is kept.')],
    wish: (task, { given }) =>
      withExtensions(turned(task, 'accepted', 'place-offered'), [
        [replyByExtension, { valueDate: given.value('replyBy', 'Date') ?? '' }],
      ]),
  },
];

function rejectionIn(given: OperationParameters): CodeableConcept {
  const code = given.value('reason', 'Code') ?? '';
  const known: readonly string[] = Object.values(rejectedReasons);
  const system = known.includes(code) ? rejectedReasonSystem : statusReasonSystem;
  return { coding: [{ system, code }], ...wordsOf(given) };
}

function waitlisted(task: Task, { given }: Asked): Task {
  const place = given.value('place', 'PositiveInt');
  const wait = given.value('expectedWait', 'Duration');
  const review = given.value('review', 'Date');
  return withExtensions(turned(task, 'accepted', 'waitlisted'), [
    [expectedWaitExtension, wait && { valueDuration: wait }],
    [waitlistReviewExtension, review === undefined ? undefined : { valueDate: review }],
    [waitlistPlaceExtension, place === undefined ? undefined : { valuePositiveInt: place }],
  ]);
}
