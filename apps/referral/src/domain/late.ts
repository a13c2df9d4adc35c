import type { Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import { businessStatus, businessStatusOf, occurredAtExtension } from './codes.js';
import { extensionOf } from './extensions.js';
import {
  isReportedAgain,
  isRetried,
  isTurn,
  occurredAgain,
  reached,
  type Reached,
  starts,
  turnsFor,
  type Wish,
} from './find-turn.js';
import type { LateId } from './late-rows.js';
import { stateBefore } from './state-before.js';
import { type PartTurn, partTurns } from './transitions.js';
import { defaultTurnPolicy, type TurnPolicy } from './turns/turn-policy.js';

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
  return row ? judgeRow(row, judging) : judgeWithoutRow(judging);
}

function judgeRow(row: PartTurn, judging: Judging): Verdict {
  if (isReportedAgain(row, judging)) return { is: 'history', id: 'cancel-open' };
  if (isRetried(row, judging)) return { is: 'refused', id: 'earlier-again' };
  return { is: 'turn', row, to: reached(row, judging.previous), implied: [] };
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
