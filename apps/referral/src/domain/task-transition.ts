import { isDeepStrictEqual } from 'node:util';
import type { Task, TaskOutput } from 'fhir/r4';
import { error, FhirError, type Issue } from '#fhir';
import { inputKept } from './activities.js';
import {
  businessStatus,
  businessStatuses,
  businessStatusOf,
  hasCode,
  impliedTurnExtension,
  lateTurnExtension,
  occurredAtExtension,
  stateBeforeExtension,
  taskOutputSystem,
} from './codes.js';
import { daysAreNear } from './deadlines/days-are-near.rule.js';
import { extensionsOf, withExtensions } from './extensions.js';
import { isTurn, reached, type Reached, starts } from './find-turn.js';
import { judgeLate } from './late.js';
import type { LateId } from './late-rows.js';
import { lateTurnTaken, noted } from './late-turn.js';
import { outcomeIsRecorded } from './needs/outcome-is-recorded.rule.js';
import { reasonIsGiven } from './needs/reason-is-given.rule.js';
import { providerWritesKept } from './provider-writes.js';
import { elementsKept } from './same-element.js';
import { isEnd, type Leaving, stateBefore, statesLeft, withStatesLeft } from './state-before.js';
import { withNhsReason } from './status-reasons.js';
import { withSuccessorsOf } from './successor.js';
import { type Actor, type Judged, type PartTurn, partTurns } from './transitions.js';
import { timed, withTimeOf } from './turn-time.js';
import { defaultTurnPolicy, type TurnPolicy } from './turns/turn-policy.js';
import { offTheList } from './waiting.js';

export interface Moved {
  task: Task;
  event: string;
  /** Absent where the Task was edited without a turn, or where the turn came too late. */
  transition?: PartTurn;
  /** The case of the table of late turns, where the state stays. */
  late?: LateId;
}

export interface Mover {
  actors: readonly Actor[];
  now: Date;
  /** Id of the row, where the Task alone does not tell it (a reminder leaves it as it was). */
  turn?: string;
  policy?: TurnPolicy;
  /** It does not show that its writer has seen the Task as it is. */
  isBlind?: boolean;
  /** The referral has gone on without the Task's provider, which reads it no more. */
  ownerLeft?: boolean;
  /** The record of the person says that she or he has died. */
  died?: boolean;
}

/** The type of a change that is no turn. */
export const editEvent = 'task-updated.v1';

/** The Task after the turn that `next` asks for; throws FhirError with every reason why not. */
export function moveTask(previous: Task, next: Task, mover: Mover): Moved {
  const wished = withManaged(previous, next);
  const days = daysAreNear([previous, wished], { now: mover.now, element: 'Task.extension' });
  const fixed = [...fixedElementsKept(previous, wished, mover), ...days];
  if (fixed.length > 0) throw new FhirError(fixed, { status: 422 });
  const verdict = judgeLate({ previous, next: wished, ...mover });
  if (verdict.is === 'edit') return edit(previous, wished, mover.actors);
  if (verdict.is === 'refused') throw refusal(verdict.id, previous, wished);
  if (verdict.is === 'history') return { ...lateTurnTaken(previous, wished, mover), late: verdict.id };
  return take(verdict, { previous, next: wished, mover });
}

/** Where a Task may go from here, in words: `accepted/waitlisted`. */
export function allowedTurns(task: Task): string[] {
  const turns = partTurns.filter((row) => row.asked !== 'by-id' && starts(row, task));
  return [...new Set(turns.map((row) => reached(row, task)).map(({ status, business }) => `${status}/${business}`))];
}

function take(
  { row, to, implied }: { row: PartTurn; to: Reached; implied: readonly PartTurn[] },
  { previous, next, mover }: { previous: Task; next: Task; mover: Mover },
): Moved {
  // Nobody takes by a later turn what an earlier one leaves to another side.
  const foreign = [row, ...implied].find(({ who }) => !who.some((actor) => mover.actors.includes(actor)));
  if (foreign) throw notYours(foreign.who);
  const { policy = defaultTurnPolicy, actors, now, ownerLeft = false, died = false } = mover;
  const stated: Task = { ...next, status: to.status, businessStatus: businessStatus(to.business) };
  const turned = row.to === 'before' ? withoutOutcomeOf(previous, stated) : stated;
  const coded =
    row.reason && turned.statusReason ? { ...turned, statusReason: withNhsReason(turned.statusReason) } : turned;
  // Who takes back an end takes back what it implied, too.
  const stood = isEnd(to.status) ? previous : afterImplied(previous, implied, { now, actors });
  const left = withStatesLeft(timed(previous, coded, { row, now }), statesLeft(stood, row, { now, actors }));
  const waited = offTheList(previous, left);
  const task = implied.reduce((made, { business: code }) => noted(made, impliedTurnExtension, { code, now }), waited);
  const judged: Judged = { previous, actors, now, policy, sayers: sayersOf(previous), ownerLeft, died };
  const missing = [row, ...implied].flatMap((one) => [
    ...one.needs.flatMap((need) => need(task, judged)),
    ...reasonIsGiven(task, one.reason),
  ]);
  if (missing.length > 0) throw new FhirError(missing, { status: 422 });
  return { task, event: row.event, transition: row };
}

const outcomeKinds = ['need-met', 'outcome', 'still-open', 'sessions-offered', 'sessions-attended'];

/** What an end said of its outcome is taken back with it: the next end says its own. */
function withoutOutcomeOf(end: Task, next: Task): Task {
  if (!saysOutcome(end)) return next;
  const isTakenBack = (one: TaskOutput): boolean =>
    outcomeKinds.some((kind) => hasCode(one.type, taskOutputSystem, kind)) &&
    end.output?.some((said) => isDeepStrictEqual(said, one)) === true;
  const { output = [], ...rest } = next;
  const left = output.filter((one) => !isTakenBack(one));
  return left.length === 0 ? rest : { ...rest, output: left };
}

/** Where the turns between leave it: from there it goes on, and there it goes back. */
function afterImplied(previous: Task, implied: readonly PartTurn[], leaving: Leaving): Task {
  return implied.reduce((task, row) => {
    const { status, business } = reached(row, task);
    const there: Task = { ...task, status, businessStatus: businessStatus(business) };
    return withStatesLeft(there, statesLeft(task, row, leaving));
  }, previous);
}

/** The side that said it; where Ginnel did, those that may: of the rows that lead there, from where the Task was. */
function sayersOf(task: Task): readonly Actor[] {
  const business = businessStatusOf(task);
  const left = stateBefore(task);
  if (left && left.by.length > 0) return left.by;
  const isFrom = ({ from }: PartTurn) => !left || from.some((state) => state.split('/')[0] === left.status);
  const rows = partTurns.filter((row) => row.to === task.status && row.business === business && isFrom(row));
  return rows.flatMap(({ who }) => who);
}

/** What Ginnel alone writes in a Task is as it was, whatever the wish says. */
function withManaged(previous: Task, next: Task): Task {
  const managed = [stateBeforeExtension, lateTurnExtension, impliedTurnExtension];
  const wished = withSuccessorsOf(previous, next);
  return managed.reduce((task, url) => withExtensions(task, url, extensionsOf(previous, url)), wished);
}

const kept = [
  'intent',
  'code',
  'focus',
  'for',
  'requester',
  'owner',
  'partOf',
  'authoredOn',
  'basedOn',
  'identifier',
  'groupIdentifier',
  'priority',
  'restriction',
] as const;

function fixedElementsKept(previous: Task, next: Task, { turn, actors }: Mover): Issue[] {
  const isOne = isTurn({ previous, next, ...(turn === undefined ? {} : { turn }) });
  const isAnswer = isOne && businessStatusOf(previous) === 'info-needed';
  const isChange = isOne && businessStatusOf(next) === 'activity-changed';
  return [
    ...elementsKept([previous, next], kept, 'stays as it was made; another provider gets a Task of its own.'),
    ...inputKept(previous, next, isChange ? 'activity-changed' : isAnswer ? 'information' : 'other'),
    ...(isOne ? providerWritesKept(without(previous), without(next), actors) : []),
  ];
}

/** What stays for everybody is not said twice. */
function without(task: Task): Task {
  return Object.fromEntries(
    Object.entries(task).filter(([name]) => !kept.some((one) => one === name)),
  ) as unknown as Task;
}

function edit(previous: Task, next: Task, actors: readonly Actor[]): Moved {
  if (!actors.some((actor) => actor === 'provider' || actor === 'system')) throw notYours(['provider']);
  const missing = outcomeStays(previous, next);
  if (missing.length > 0) throw new FhirError(missing, { status: 422 });
  const edited = withTimeOf(previous, next);
  // A full update may leave the business status out; it is not taken away by that.
  const task = previous.businessStatus ? { ...edited, businessStatus: previous.businessStatus } : edited;
  return { task, event: editEvent };
}

/** What an end said of its outcome may be said otherwise, and not less. */
function outcomeStays(previous: Task, next: Task): Issue[] {
  return saysOutcome(previous) && !isDeepStrictEqual(previous.output, next.output) ? outcomeIsRecorded(next) : [];
}

function saysOutcome(task: Task): boolean {
  return task.status === 'completed' || businessStatusOf(task) === 'disengaged';
}

/** Somebody would be named who goes on with it, and whom nobody asked. */
export class NotForwarded extends FhirError {}

function refusal(id: LateId, previous: Task, next: Task): FhirError {
  if (id === 'entered-in-error') {
    return FhirError.of('deleted', 'This Task was entered in error; nothing more is kept in it.', { status: 410 });
  }
  if (id === 'ahead') {
    const diagnostics = `${occurredAtExtension} lies ahead of the clock here; say when it happened.`;
    return new FhirError([error('value', diagnostics, 'Task.extension')], { status: 422 });
  }
  if (id === 'accept-after-expiry' || id === 'claimed') {
    const why = id === 'claimed' ? 'It went on to another provider' : 'Its time to be answered has passed';
    return FhirError.of('conflict', `${why}; ask to have it again (Task/[id]/$reopen).`, {
      status: 409,
      expression: 'Task.status',
    });
  }
  if (id === 'earlier-again') return FhirError.of('conflict', earlierAgain, { status: 409, expression: 'Task.status' });
  if (id === 'late-forwarding') {
    const why =
      businessStatusOf(previous) === 'cancel-requested' ? 'its cancellation is asked' : 'it has moved on since';
    const said = `It is not forwarded: ${why}. Nobody was asked.`;
    return new NotForwarded([error('conflict', said, 'Task.businessStatus')], { status: 409 });
  }
  return new FhirError([illegal(previous, next)], { status: 422 });
}

const earlierAgain =
  'This would take back its end, and may be an earlier update that comes again. To take the end back, say so ' +
  '(Task/[id]/$undo), or send the ETag that you read as If-Match.';

function illegal(previous: Task, next: Task): Issue {
  const business = businessStatusOf(next);
  if (business !== undefined && !(businessStatuses as readonly string[]).includes(business)) {
    const known = businessStatuses.join(', ');
    return error('code-invalid', `There is no such business status; known are ${known}.`, 'Task.businessStatus');
  }
  const turns = allowedTurns(previous);
  const allowed = turns.length === 0 ? 'this is an end' : `allowed are ${turns.join(', ')}`;
  const ended = ['rejected', 'failed', 'completed', 'cancelled'].includes(previous.status);
  const reopening = ended ? '; to begin again, reopen it (Task/[id]/$reopen)' : '';
  return error(
    'business-rule',
    `A Task cannot go from ${previous.status} to ${next.status} like this; ${allowed}${reopening}.`,
    'Task.status',
  );
}

function notYours(who: readonly Actor[]): FhirError {
  return new FhirError(
    [error('forbidden', `Only the ${who.join(' or the ')} side of this referral may make this change.`, 'Task.status')],
    { status: 403 },
  );
}
