/** What becomes of something that comes late, twice, too early or out of order. */
export interface LateRow {
  id: string;
  when: string;
  /** HTTP status of a Task update; of what it does not concern, of the request that does. */
  answer: string;
  then: string;
  /** Where it is decided: in the turn of a Task, or before it comes to that. */
  where: 'turn' | 'http' | 'message';
}

/** Every case of late, repeated and out-of-order, and its answer. */
export const lateRows = [
  {
    id: 'same-request',
    when: 'The same request id with the same body',
    answer: '409 by X-Request-Id; as the first time by Idempotency-Key',
    then: 'Nothing is done again; the 409 (duplicate) names what was made.',
    where: 'http',
  },
  {
    id: 'same-id-other-body',
    when: 'The same request id with another body',
    answer: '400 by X-Request-Id; 422 by Idempotency-Key',
    then: 'Nothing is done.',
    where: 'http',
  },
  {
    id: 'stale-version',
    when: 'If-Match names an older version',
    answer: '412',
    then: 'Nothing is done; read it again.',
    where: 'http',
  },
  {
    id: 'same-turn',
    when: 'The turn that the Task took last, once more',
    answer: '200',
    then: 'Nothing new: no version, no event.',
    where: 'turn',
  },
  {
    id: 'ahead',
    when: 'occurred-at is more than five minutes ahead of the clock here',
    answer: '422',
    then: 'Nothing is done; mend the clock or the time.',
    where: 'turn',
  },
  {
    id: 'older',
    when: 'occurred-at is before that of the turn that the Task took last',
    answer: '200',
    then: 'Kept as a late turn; the state stays. A cancellation by the requester, a mistake and a death hold all the same, and so does completion where a cancellation is asked.',
    where: 'turn',
  },
  {
    id: 'skipped',
    when: 'Turns between were never told (received → started)',
    answer: '200',
    then: 'The turn is taken; those between are noted as implied, and their needs hold too.',
    where: 'turn',
  },
  {
    id: 'illegal',
    when: 'No row leads there (rejected → started)',
    answer: '422',
    then: 'Nothing is done; the answer names the allowed turns, and how to reopen an end.',
    where: 'turn',
  },
  {
    id: 'earlier-again',
    when: 'A plain update that would undo an end and says neither business status nor occurred-at anew, or an older version',
    answer: '409',
    then: 'Nothing is done, as it may be an earlier one that comes again; the answer names how to undo the end.',
    where: 'turn',
  },
  {
    id: 'accept-after-expiry',
    when: 'The provider answers what has expired',
    answer: '409',
    then: 'Nothing is done; the answer names how to reopen it.',
    where: 'turn',
  },
  {
    id: 'claimed',
    when: 'The provider answers what went on to another',
    answer: '409',
    then: 'Nothing is done; who has it is not said.',
    where: 'turn',
  },
  {
    id: 'outcome-after-end',
    when: 'An outcome for what was cancelled, forwarded, expired or given up',
    answer: '200',
    then: 'The outcome is kept as a late turn; the state stays, and the requester may reopen it.',
    where: 'turn',
  },
  {
    id: 'cancel-open',
    when: 'Any other turn while a cancellation is asked',
    answer: '200',
    then: 'Kept as a late turn; the cancellation stays asked.',
    where: 'turn',
  },
  {
    id: 'late-forwarding',
    when: 'A forwarding that would be kept as a late turn',
    answer: '409',
    then: 'Nothing is done and nobody is asked; the answer says why.',
    where: 'turn',
  },
  {
    id: 'completed-meets-cancel',
    when: 'Completed and cancel cross',
    answer: '200',
    then: 'Completed wins (row 29); the cancellation is refused.',
    where: 'turn',
  },
  {
    id: 'entered-in-error',
    when: 'Anything after entered-in-error',
    answer: '410',
    then: 'Nothing is done.',
    where: 'turn',
  },
  {
    id: 'died',
    when: 'Any turn that is told after the death of the person',
    answer: '200',
    then: 'Kept as a late turn; nobody is contacted.',
    where: 'turn',
  },
  {
    id: 'not-owner',
    when: "A turn of another provider's Task, or of the one that followed a forwarded one",
    answer: '404 or 403',
    then: 'Nothing is done. Somebody who may not read it hears 404.',
    where: 'http',
  },
  {
    id: 'unknown-task',
    when: 'A message about a referral that is not known',
    answer: '404',
    then: 'Nothing is kept; the sender repeats it by the law of its standard.',
    where: 'message',
  },
  {
    id: 'cancel-before-referral',
    when: 'A cancel message before its referral',
    answer: '404',
    then: 'As the row above: the sender repeats it after its referral.',
    where: 'message',
  },
  {
    id: 'split-unknown',
    when: "A part's turn of which the referral's own Task has not heard",
    answer: '200',
    then: 'That Task is made of its parts each time, never of a message.',
    where: 'turn',
  },
] as const satisfies readonly LateRow[];

export type LateId = (typeof lateRows)[number]['id'];
