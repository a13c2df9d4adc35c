import type { Task } from 'fhir/r4';
import { type Deadlines, endOf, englishDay, startOfEnglishDay, type WorkingTime } from '#programmes';
import {
  answerDueExtension,
  businessStatusOf,
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

/**
 * The Task with its deadlines as they are afterwards. Those of the stage that goes on keep their time, a stage that begins
 * sets its own, and while somebody else is to answer the clock stands still.
 */
export function keepDeadlines(
  [previous, wished]: readonly [Task | undefined, Task],
  { passed, ...when }: Policy & Moment,
): Task {
  const { now, time } = when;
  const before = deadlinesIn(previous).filter(({ kind }) => kind !== passed?.kind);
  const task = withContactDue([previous, previous ? withDeadlinesOf(previous, wished) : wished], when);
  const kept = kindsOf(task).flatMap((kind): Deadline[] => {
    const due = dueOf(kind, [previous, task], { ...when, restarts: when.turned || passed?.kind === kind });
    const known = isWithoutDay(kind, task) ? [] : before.filter((one) => one.kind === kind);
    return due ? [{ kind, due }] : known;
  });
  const clocked = kept.map((one) => withClock(one, { standsStill: standsStill(task), now, time }));
  const answered = withAnswerDue(withDeadlines(task, clocked));
  return passed ? withPassed(answered, passed, now) : answered;
}

/** True while it is the requester's side that is to answer. */
function standsStill(task: Task): boolean {
  return ['info-needed', 'cancel-requested'].includes(businessStatusOf(task) ?? '');
}

const stages: Record<DeadlineKind, (task: Task) => boolean> = {
  acknowledge: ({ status }) => status === 'requested',
  decide: isUndecided,
  expire: isUndecided,
  contact: (task) => isUnderWay(task) && !isWaiting(task) && businessStatusOf(task) !== 'death-reported',
  reply: (task) => task.status === 'accepted' && businessStatusOf(task) === 'place-offered',
  'waitlist-review': (task) => task.status === 'accepted' && isWaiting(task),
  'no-update': (task) => isUnderWay(task) && !isWaiting(task),
  'cancel-silence': (task) =>
    businessStatusOf(task) === 'cancel-requested' && (isUndecided(task) || task.status === 'accepted'),
};

function kindsOf(task: Task): DeadlineKind[] {
  return (Object.keys(stages) as DeadlineKind[]).filter((kind) => stages[kind](task));
}

/** A contact is due on a day that the Task says; without one none is. */
function isWithoutDay(kind: DeadlineKind, task: Task): boolean {
  return kind === 'contact' && dateIn(task, contactDueExtension) === undefined;
}

/** When a deadline that begins now ends; undefined where one that is there goes on, or none is to be. */
function dueOf(
  kind: DeadlineKind,
  [previous, task]: readonly [Task | undefined, Task],
  { deadlines, time, now, restarts }: Policy & { now: Date; restarts: boolean },
): Date | undefined {
  if (kind === 'contact') return dayOf([previous, task], contactDueExtension);
  const said = kind === 'waitlist-review' ? dayOf([previous, task], waitlistReviewExtension) : undefined;
  if (said) return said;
  const begins = !previous || !stages[kind](previous);
  if (kind === 'reply') return dayAfter([begins ? undefined : previous, task], replyByExtension);
  if (!begins && !(kind === 'no-update' && restarts)) return undefined;
  return endOf(deadlines[spans[kind]], { from: now, urgent: isUrgent(task), time });
}

const spans: Record<Exclude<DeadlineKind, 'contact' | 'reply'>, keyof Deadlines> = {
  acknowledge: 'acknowledge',
  decide: 'decide',
  expire: 'expire',
  'waitlist-review': 'waitlistReview',
  'no-update': 'noUpdate',
  'cancel-silence': 'cancelSilence',
};

/** The beginning of the day that an extension says, where it says another than before. */
function dayOf([previous, task]: readonly [Task | undefined, Task], url: string): Date | undefined {
  const day = dateIn(task, url);
  return day !== undefined && day !== dateIn(previous, url) ? startOfEnglishDay(day.slice(0, 10)) : undefined;
}

/** Its end: that day itself is whole. */
function dayAfter(tasks: readonly [Task | undefined, Task], url: string): Date | undefined {
  const begins = dayOf(tasks, url);
  return begins && startOfEnglishDay(englishDay(new Date(begins.getTime() + 36 * hourMs)));
}

function dateIn(task: Task | undefined, url: string): string | undefined {
  const extension = task?.extension?.find((one) => one.url === url);
  return extension?.valueDate;
}

/** Once accepted, the person is to hear from the provider, who may have said a day of its own; a contact meets that. */
function withContactDue(
  [previous, task]: readonly [Task | undefined, Task],
  { deadlines, time, now }: Policy & { now: Date },
): Task {
  if (isContactMade([previous, task], englishDay(now))) return withExtensions(task, [contactDueExtension], []);
  const begins = task.status === 'accepted' && stages.contact(task) && !(previous && stages.contact(previous));
  if (!begins || dateIn(task, contactDueExtension) !== undefined || contactsOf(task) !== 0) return task;
  const end = endOf(deadlines.firstContact, { from: now, urgent: isUrgent(task), time });
  return withExtensions(task, [contactDueExtension], [{ url: contactDueExtension, valueDate: englishDay(end) }]);
}

/** The one that was due; a contact before the day that was agreed does not stand for it. Who comes has been met. */
function isContactMade([previous, task]: readonly [Task | undefined, Task], today: string): boolean {
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
  deadline: Deadline,
  { standsStill: stands, now, time }: { standsStill: boolean; now: Date; time: WorkingTime },
): Deadline {
  const { kind, due, stopped } = deadline;
  if (kind === 'cancel-silence') return { kind, due };
  if (stands) return { kind, due, stopped: stopped ?? now };
  return stopped ? { kind, due: time.add(now, time.between(stopped, due)) } : deadline;
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

function isUndecided({ status }: Task): boolean {
  return status === 'requested' || status === 'received';
}

function isUnderWay({ status }: Task): boolean {
  return ['accepted', 'in-progress', 'on-hold'].includes(status);
}

function isWaiting(task: Task): boolean {
  return businessStatusOf(task) === 'waitlisted';
}

function isUrgent({ priority }: Task): boolean {
  return ['urgent', 'asap', 'stat'].includes(priority ?? '');
}
