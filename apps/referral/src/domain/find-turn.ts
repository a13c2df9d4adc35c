import type { Task } from 'fhir/r4';
import { isDeepStrictEqual } from 'node:util';
import { newActivities } from './activities.js';
import {
  type BusinessStatus,
  businessStatusOf,
  contactAttemptExtension,
  expectedWaitExtension,
  occurredAtExtension,
  waitlistPlaceExtension,
  waitlistReviewExtension,
} from './codes.js';
import { extensionOf, extensionsOf } from './extensions.js';
import { contactCountOf } from './readiness.js';
import { isDeathReported, isEnd, stateBefore } from './state-before.js';
import { type Actor, type PartTurn, partTurns, type TaskStatus } from './transitions.js';

/** What a turn is told by: the Task as it is and as it is wished, by whom. */
export interface Wish {
  previous: Task;
  next: Task;
  actors: readonly Actor[];
  /** Id of the turn, where its mover knows it. */
  turn?: string;
  /** It does not show that its writer has seen the Task as it is: the same was perhaps sent before. */
  isBlind?: boolean;
}

/** True where the Task as it is wished stands somewhere else, or takes the turn of its last words once more. */
export function isTurn({ previous, next, turn }: Omit<Wish, 'actors'>): boolean {
  const business = businessStatusOf(next);
  return (
    turn !== undefined ||
    previous.status !== next.status ||
    (business !== undefined && business !== businessStatusOf(previous)) ||
    isRepeated(previous, next)
  );
}

/** The rows that fit a wish. The mover's own stand first; none of another's where there is one. */
export function turnsFor({ previous, next, actors, turn }: Wish): PartTurn[] {
  const business = businessStatusOf(next);
  const isKept = business === businessStatusOf(previous) && !isRepeated(previous, next);
  const asked = isKept ? undefined : business;
  const fitting = partTurns.filter((row) =>
    turn === undefined
      ? isAsked(row, { previous, status: next.status, asked })
      : row.id === turn && starts(row, previous),
  );
  const own = fitting.filter(({ who }) => who.some((actor) => actors.includes(actor)));
  return own.length > 0 ? own : fitting;
}

/** True where the row may be taken by a Task that stands so. */
export function starts(row: PartTurn, task: Task): boolean {
  const { from, to } = row;
  const business = businessStatusOf(task);
  const isNamed = from.some((state) => state === `${task.status}/${business ?? ''}`) && !leadsBack(row, task);
  const isMeant = from.some((state) => state === task.status) && !namedOnly(task);
  return (isNamed || isMeant) && (to !== 'before' || stateBefore(task) !== undefined);
}

/** Where a cancellation was asked, back to what stood before leads its refusal alone. */
function leadsBack(row: PartTurn, task: Task): boolean {
  const left = stateBefore(task);
  if (!namedOnly(task) || !left || row.to === 'before') return false;
  const { status, business } = reached(row, task);
  return status === left.status && business === left.business;
}

export interface Reached {
  status: TaskStatus;
  business: BusinessStatus;
}

/** Where the row leads a Task that stands so. */
export function reached({ to, business }: PartTurn, task: Task): Reached {
  const left = stateBefore(task);
  const stands = (businessStatusOf(task) ?? 'sent') as BusinessStatus;
  const status = to === 'same' ? task.status : to === 'before' ? (left?.status ?? task.status) : to;
  return {
    status,
    business: business === 'same' ? stands : business === 'before' ? (left?.business ?? stands) : business,
  };
}

/** While a cancellation is asked, only the rows that name it are open. */
function namedOnly(task: Task): boolean {
  return businessStatusOf(task) === 'cancel-requested';
}

function isAsked(
  row: PartTurn,
  { previous, status, asked }: { previous: Task; status: TaskStatus; asked: string | undefined },
): boolean {
  if (row.asked === 'by-id' || !starts(row, previous)) return false;
  const there = reached(row, previous);
  if (there.status !== status) return false;
  return asked === undefined ? row.asked === undefined : asked === (row.asks ?? there.business);
}

const repeated: Partial<Record<BusinessStatus, readonly string[]>> = {
  contacting: [contactAttemptExtension],
  waitlisted: [expectedWaitExtension, waitlistReviewExtension, waitlistPlaceExtension],
  'place-offered': [],
  booked: [],
  'info-needed': [],
  'session-recorded': [],
  dna: [],
  'activity-changed': [],
};

/** The same words once more: a turn of its own where it happened at another time, or where what it counts has changed. */
function isRepeated(previous: Task, next: Task): boolean {
  const business = businessStatusOf(next);
  const urls = repeated[business as BusinessStatus];
  if (urls === undefined || business !== businessStatusOf(previous) || next.status !== previous.status) return false;
  return (
    occurredAgain(previous, next) ||
    (business === 'contacting' && contactCountOf(next) > contactCountOf(previous)) ||
    (business === 'activity-changed' && newActivities(previous, next).length > 0) ||
    urls.some((url) => !isDeepStrictEqual(extensionsOf(previous, url), extensionsOf(next, url)))
  );
}

/** What led to where it was before its end asks for the same as what undoes the end. */
export function isRetried({ to }: PartTurn, { previous, next, isBlind = false }: Wish): boolean {
  return isBlind && to === 'before' && isEnd(previous.status) && !occurredAgain(previous, next);
}

/** That the person has died was said before the cancellation was asked, and this does not answer that. */
export function isReportedAgain({ who }: PartTurn, { previous, next, actors, isBlind = false }: Wish): boolean {
  const isSaid = businessStatusOf(next) === 'death-reported' && isDeathReported(previous);
  const isAnswer = !isBlind && who.some((actor) => actors.includes(actor));
  return namedOnly(previous) && isSaid && !isAnswer;
}

/** A time is said, and it is not that of the turn before. */
export function occurredAgain(previous: Task, next: Task): boolean {
  const said = extensionOf(next, occurredAtExtension)?.valueDateTime;
  return said !== undefined && said !== extensionOf(previous, occurredAtExtension)?.valueDateTime;
}
