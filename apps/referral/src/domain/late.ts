import type { Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import { businessStatus, businessStatusOf, occurredAtExtension } from './codes.js';
import { extensionOf } from './extensions.js';
import { isRetried, isTurn, occurredAgain, reached, type Reached, starts, turnsFor, type Wish } from './find-turn.js';
import { stateBefore } from './state-before.js';
import { type PartTurn, partTurns } from './transitions.js';
import { defaultTurnPolicy, type TurnPolicy } from './turns/turn-policy.js';

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

export type Verdict =
  | { is: 'turn'; row: PartTurn; to: Reached; implied: readonly PartTurn[] }
  | { is: 'edit' }
  | { is: 'history'; id: LateId }
  | { is: 'refused'; id: LateId };

export interface Judging extends Wish {
  now: Date;
  policy?: TurnPolicy;
}

/** What is to become of a wished Task; the rows of the table in the order in which they are asked. */
export function judgeLate(judging: Judging): Verdict {
  const verdict = judged(judging);
  // Kept as history it would name one who goes on, and whom nobody asked.
  const [before, business] = [judging.previous, judging.next].map(businessStatusOf);
  const isForwarding = business === 'forwarded' && before !== 'forwarded';
  return isForwarding && verdict.is === 'history' ? { is: 'refused', id: 'late-forwarding' } : verdict;
}

function judged(judging: Judging): Verdict {
  const { previous, next } = judging;
  if (previous.status === 'entered-in-error') return { is: 'refused', id: 'entered-in-error' };
  if (!isTurn(judging)) return { is: 'edit' };
  if (isAhead(judging)) return { is: 'refused', id: 'ahead' };
  if (businessStatusOf(previous) === 'patient-died' && !isMistake(next) && !isByItsRow(judging)) {
    return { is: 'history', id: 'died' };
  }
  if (isOvertaken(judging)) return { is: 'history', id: 'older' };
  const [row] = turnsFor(judging);
  if (!row) return judgeWithoutRow(judging);
  if (isRetried(row, judging)) return { is: 'refused', id: 'earlier-again' };
  return { is: 'turn', row, to: reached(row, previous), implied: [] };
}

function judgeWithoutRow(judging: Judging): Verdict {
  const { previous, next } = judging;
  const skipped = skipping(judging);
  if (skipped) return skipped;
  if (businessStatusOf(previous) === 'cancel-requested' && wouldHaveBeen(judging)) {
    return { is: 'history', id: 'cancel-open' };
  }
  if (!['cancelled', 'failed'].includes(previous.status)) return { is: 'refused', id: 'illegal' };
  if (next.status === 'completed') return { is: 'history', id: 'outcome-after-end' };
  if (!['received', 'accepted'].includes(next.status)) return { is: 'refused', id: 'illegal' };
  if (businessStatusOf(previous) === 'expired') return { is: 'refused', id: 'accept-after-expiry' };
  return { is: 'refused', id: businessStatusOf(previous) === 'forwarded' ? 'claimed' : 'illegal' };
}

const chains = [['8'], ['19'], ['8', '19']] as const;

/** The turn with those that it implies: who began has accepted, and who held a session has begun. */
function skipping(judging: Judging): Verdict | undefined {
  for (const chain of chains) {
    let previous = judging.previous;
    const implied: PartTurn[] = [];
    for (const id of chain) {
      const row = partTurns.find((one) => one.id === id);
      if (!row || !starts(row, previous)) break;
      const there = reached(row, previous);
      previous = { ...previous, status: there.status, businessStatus: businessStatus(there.business) };
      implied.push(row);
    }
    const [row] = implied.length === chain.length ? turnsFor({ ...judging, previous }) : [];
    if (row && row.to !== 'before') return { is: 'turn', row, to: reached(row, previous), implied };
  }
  return undefined;
}

/** True where the turn was open to the Task before its cancellation was asked. */
function wouldHaveBeen(judging: Judging): boolean {
  const left = stateBefore(judging.previous);
  if (!left) return false;
  const { status, business } = left;
  const before: Task = { ...judging.previous, status, businessStatus: businessStatus(business) };
  // The wish kept the status that it read, and so it does here.
  const next = judging.next.status === judging.previous.status ? { ...judging.next, status } : judging.next;
  return (
    turnsFor({ ...judging, previous: before, next }).length > 0 ||
    skipping({ ...judging, previous: before, next }) !== undefined
  );
}

function isAhead({ previous, next, now, policy = defaultTurnPolicy }: Judging): boolean {
  if (!occurredAgain(previous, next)) return false;
  return occurredAt(next) > now.getTime() + policy.aheadMinutes * 60_000;
}

function isOlder(previous: Task, next: Task): boolean {
  return occurredAgain(previous, next) && occurredAt(next) < occurredAt(previous);
}

function isOvertaken(judging: Judging): boolean {
  const { previous, next } = judging;
  return isOlder(previous, next) && isKnown(next) && !holdsLate(judging);
}

/** Milliseconds; of what says nothing, for ever ago. */
function occurredAt(task: Task): number {
  const said = extensionOf(task, occurredAtExtension)?.valueDateTime;
  return said === undefined ? -Infinity : parseDateTime(said);
}

function isKnown(next: Task): boolean {
  const business = businessStatusOf(next);
  return partTurns.some((row) => row.business === business || row.asks === business || row.to === next.status);
}

/** What Ginnel begins by its row, such as to reopen, is open or refused; it is no news that comes late. */
function isByItsRow({ turn }: Wish): boolean {
  return partTurns.some(({ id, asked }) => id === turn && asked === 'by-id');
}

function isMistake({ status }: Task): boolean {
  return status === 'entered-in-error';
}

/** What a provider did meanwhile does not answer a cancellation, a mistake or a death: it holds whenever it is heard. */
export function holdsLate({ previous, next, actors }: Wish): boolean {
  const business = businessStatusOf(next);
  if (isMistake(next) || business === 'death-reported' || business === 'patient-died') return true;
  // What was done before somebody asked to cancel it is done.
  if (next.status === 'completed' && actors.includes('provider')) {
    return businessStatusOf(previous) === 'cancel-requested';
  }
  return business === 'cancel-requested' && actors.includes('requester');
}
