import type { Task } from 'fhir/r4';
import { type Deadlines, endOf, englishDay, startOfEnglishDay, type WorkingTime } from '#programmes';
import {
  answerDueExtension,
  contactCountExtension,
  contactDueExtension,
  replyByExtension,
  waitlistReviewExtension,
} from '../codes.js';
import {
  type Deadline,
  type DeadlineKind,
  deadlinesIn,
  withDeadlines,
  withDeadlinesOf,
  withExtensions,
  withPassed,
} from './deadline.js';
import { isIn, isUndecided, kindsOf, standsStill } from './stages.js';

const hourMs = 60 * 60 * 1_000;

export interface Policy {
  deadlines: Deadlines;
  time: WorkingTime;
}

/** What happened, as far as deadlines are concerned. */
export interface Moment {
  now: Date;
  /** A turn; an edit sets no deadline anew. */
  turned: boolean;
  /** The deadline that passed, where that is what happened. */
  passed?: Deadline;
}

type Change = readonly [previous: Task | undefined, task: Task];

/**
 * The Task with its deadlines as they are afterwards. Those of the stage that goes on keep their time, a stage that begins
 * sets its own, and while somebody else is to answer the clock stands still.
 */
export function keepDeadlines([previous, wished]: Change, { passed, ...when }: Policy & Moment): Task {
  const { now, time } = when;
  const before = deadlinesIn(previous).filter(({ kind }) => kind !== passed?.kind);
  const task = withContactDue([previous, previous ? withDeadlinesOf(previous, wished) : wished], when);
  const kept = kindsOf(task).flatMap((kind): Deadline[] => {
    const isLeft = before.some((one) => one.kind === kind);
    const restarts = (when.turned || passed?.kind === kind) && restarting[kind]?.(isLeft) === true;
    const due = dueOf(kind, [previous, task], { ...when, restarts });
    const known = isWithoutDay(kind, task) ? [] : before.filter((one) => one.kind === kind);
    return due ? [{ kind, due }] : known;
  });
  const clocked = kept.map((one) => withClock(one, { stands: standsStill(one.kind, task), now, time }));
  const answered = withAnswerDue(withDeadlines(task, clocked));
  return passed ? withPassed(answered, passed, now) : answered;
}

/** A contact is due on a day that the Task says; without one none is. */
function isWithoutDay(kind: DeadlineKind, task: Task): boolean {
  return kind === 'contact' && dateIn(task, contactDueExtension) === undefined;
}

/** When a deadline that begins now ends; undefined where one that is there goes on, or none is to be. */
function dueOf(
  kind: DeadlineKind,
  [previous, task]: Change,
  { deadlines, time, now, restarts }: Policy & { now: Date; restarts: boolean },
): Date | undefined {
  const begins = isNewIn(kind, previous);
  // A stage that begins again has the day that the Task still says.
  const said = days[kind]?.([begins ? undefined : previous, task]);
  const span = spans[kind];
  if (span === undefined || (said && (!begins || said > now))) return said;
  return begins || restarts ? endOf(deadlines[span], { from: now, urgent: isUrgent(task), time }) : undefined;
}

function isNewIn(kind: DeadlineKind, previous: Task | undefined): boolean {
  return !previous || !isIn(kind, previous);
}

/** Those that begin anew where the work or the wait goes on: at every turn, or where none is left. */
const restarting: Partial<Record<DeadlineKind, (isLeft: boolean) => boolean>> = {
  'no-update': () => true,
  'waitlist-review': (isLeft) => !isLeft,
};

/** Those for which the Task says a day. */
const days: Partial<Record<DeadlineKind, (change: Change) => Date | undefined>> = {
  contact: (change) => dayOf(change, contactDueExtension),
  reply: (change) => dayAfter(change, replyByExtension),
  'waitlist-review': (change) => dayOf(change, waitlistReviewExtension),
};

const spans: Partial<Record<DeadlineKind, keyof Deadlines>> = {
  acknowledge: 'acknowledge',
  decide: 'decide',
  expire: 'expire',
  'waitlist-review': 'waitlistReview',
  'no-update': 'noUpdate',
  'cancel-silence': 'cancelSilence',
};

/** The beginning of the day that an extension says, where it says another than before. */
function dayOf([previous, task]: Change, url: string): Date | undefined {
  const day = dateIn(task, url);
  return day !== undefined && day !== dateIn(previous, url) ? startOfEnglishDay(day.slice(0, 10)) : undefined;
}

/** Its end: that day itself is whole. */
function dayAfter(change: Change, url: string): Date | undefined {
  const begins = dayOf(change, url);
  return begins && startOfEnglishDay(englishDay(new Date(begins.getTime() + 36 * hourMs)));
}

function dateIn(task: Task | undefined, url: string): string | undefined {
  const extension = task?.extension?.find((one) => one.url === url);
  return extension?.valueDate;
}

/** Once accepted, the person is to hear from the provider, who may have said a day of its own; a contact meets that. */
function withContactDue([previous, task]: Change, { deadlines, time, now }: Policy & { now: Date }): Task {
  if (isContactMade([previous, task], englishDay(now))) return withExtensions(task, [contactDueExtension], []);
  const begins = task.status === 'accepted' && isIn('contact', task) && isNewIn('contact', previous);
  if (!begins || contactsOf(task) !== 0 || isToCome(dateIn(task, contactDueExtension), now)) return task;
  const end = endOf(deadlines.firstContact, { from: now, urgent: isUrgent(task), time });
  return withExtensions(task, [contactDueExtension], [{ url: contactDueExtension, valueDate: englishDay(end) }]);
}

/** The day of a first contact that went by while the person waited for a place is set anew. */
function isToCome(day: string | undefined, now: Date): boolean {
  return day !== undefined && day >= englishDay(now);
}

/** The one that was due; a contact before the day that was agreed does not stand for it. Who comes has been met. */
function isContactMade([previous, task]: Change, today: string): boolean {
  const due = dateIn(task, contactDueExtension);
  if (due === undefined || due !== dateIn(previous, contactDueExtension)) return false;
  const before = contactsOf(previous);
  const isMet = contactsOf(task) > before || (task.status === 'in-progress' && previous?.status !== 'in-progress');
  return isMet && ((before === 0 && task.status !== 'on-hold') || due <= today);
}

function contactsOf(task: Task | undefined): number {
  return task?.extension?.find(({ url }) => url === contactCountExtension)?.valuePositiveInt ?? 0;
}

function withClock(
  { kind, due, stopped }: Deadline,
  { stands, now, time }: { stands: boolean; now: Date; time: WorkingTime },
): Deadline {
  if (stands) return { kind, due, stopped: stopped ?? now };
  if (!stopped) return { kind, due };
  const later = time.add(now, time.between(stopped, due));
  // A day that was said may be one on which nobody works.
  return { kind, due: later > due ? later : due };
}

/** By when the provider is to answer next: shown to both sides, and searched by. */
function withAnswerDue(task: Task): Task {
  const running = deadlinesIn(task).filter(({ stopped }) => stopped === undefined);
  const next = (['acknowledge', 'decide', 'expire'] as const)
    .map((kind) => running.find((one) => one.kind === kind)?.due)
    .find((due) => due !== undefined);
  const shown = next && isUndecided(task) ? [{ url: answerDueExtension, valueDateTime: next.toISOString() }] : [];
  return withExtensions(task, [answerDueExtension], shown);
}

function isUrgent({ priority }: Task): boolean {
  return ['urgent', 'asap', 'stat'].includes(priority ?? '');
}
