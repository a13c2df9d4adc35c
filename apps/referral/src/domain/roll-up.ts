import type { Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import { type BusinessStatus, businessStatus, businessStatusOf, occurredAtExtension } from './codes.js';
import { extensionOf } from './extensions.js';
import { isEnd, stateBefore } from './state-before.js';
import { successorOf } from './successor.js';
import type { TaskStatus } from './transitions.js';

/**
 * The parent Task as its children make it, by the rows `parent-…` of the table; the same object where nothing changes. A parent
 * is never moved by a message. Parts that were forwarded or begun again count by those that go on for them. `choiceIsOver`
 * says that the requester wants no other provider; it stays over until a part is open again, and so does what was cancelled.
 * `deathStands`: what was ended by a death stays so; it does not where the part that had told it was a mistake.
 */
export function rollUp(
  parent: Task,
  children: readonly Task[],
  { choiceIsOver = false, deathStands = false } = {},
): Task {
  const { status, business } = stateOf(parent, children, { choiceIsOver, deathStands });
  if (status === parent.status && business === businessStatusOf(parent)) return parent;
  return { ...parent, status, businessStatus: businessStatus(business) };
}

interface State {
  status: TaskStatus;
  business: BusinessStatus;
}

function stateOf(
  parent: Task,
  children: readonly Task[],
  { choiceIsOver, deathStands }: { choiceIsOver: boolean; deathStands: boolean },
): State {
  if (children.length === 0) return { status: 'requested', business: 'sent' };
  const open = children.filter(({ status }) => !isEnd(status));
  if (open.length > 0) return openState(parent, open);
  // What its requester took back as a mistake stays one, also where a part had ended before.
  if (parent.status === 'entered-in-error') return { status: 'entered-in-error', business: 'error' };
  const end = endOf(parent, children, deathStands ? [parent] : []);
  if (end.business !== 'alternatives-offered') return end;
  const business = businessStatusOf(parent) as BusinessStatus | undefined;
  if (business !== undefined && staysCancelled(parent, children)) return { status: 'cancelled', business };
  return { ...end, status: choiceIsOver || parent.status === 'failed' ? 'failed' : end.status };
}

/** A no that is begun again elsewhere is the later word, and changes nothing here: what was taken back or declined stays so. */
function staysCancelled(parent: Task, children: readonly Task[]): boolean {
  const business = businessStatusOf(parent);
  const isMeant = business === 'cancelled-by-requester' || children.some((one) => businessStatusOf(one) === business);
  return parent.status === 'cancelled' && isMeant;
}

/** Stands at all open parts, or it is not said of the referral. */
const shared: readonly BusinessStatus[] = ['waitlisted', 'info-needed', 'escalated', 'cancel-requested'];

function openState(parent: Task, open: readonly Task[]): State {
  const every = (business: BusinessStatus) => open.every((child) => businessStatusOf(child) === business);
  const common = shared.find(every);
  if (open.every(({ status }) => status === 'on-hold') && common === undefined) {
    const isDead = open.some((child) => businessStatusOf(child) === 'death-reported');
    return { status: 'on-hold', business: isDead ? 'death-reported' : 'paused' };
  }
  const status = furthest(open);
  if (common !== undefined) return { status, business: common };
  return { status, business: isSplit(parent, open, status) ? 'split' : plain[status] };
}

type Working = 'requested' | 'received' | 'accepted' | 'in-progress';

const plain = {
  requested: 'sent',
  received: 'acknowledged',
  accepted: 'accepted',
  'in-progress': 'started',
} as const satisfies Record<Working, BusinessStatus>;

function furthest(open: readonly Task[]): Working {
  const reached = open.map(workOf);
  return (['in-progress', 'accepted', 'received'] as const).find((status) => reached.includes(status)) ?? 'requested';
}

/** How far the work came; of what rests, before it did. */
function workOf(task: Task): TaskStatus {
  const left = task.status === 'on-hold' ? stateBefore(task)?.status : task.status;
  return left === undefined || left === 'on-hold' ? 'accepted' : left;
}

/** A referral that was split stays so while several are at work on it. */
function isSplit(parent: Task, open: readonly Task[], status: Working): boolean {
  const isAtWork = status === 'accepted' || status === 'in-progress';
  return businessStatusOf(parent) === 'split' && open.length > 1 && isAtWork;
}

/** What the requester may answer by choosing another provider. */
const leavesChoice: readonly BusinessStatus[] = [
  'capacity-full',
  'rejected',
  'unable-to-contact',
  'withdrawn-by-provider',
  'expired',
  'forwarded',
];

/** The last word decides: who declines after a no wants no other, and after a no that follows, the requester chooses again. */
function endOf(parent: Task, children: readonly Task[], before: readonly Task[]): State {
  const meant = children.filter(({ status }) => status !== 'entered-in-error');
  if (meant.length === 0) return { status: 'entered-in-error', business: 'error' };
  const lasting = meant.filter((child) => !children.some(({ id }) => id !== undefined && id === successorOf(child)));
  const completed = lasting.filter(({ status }) => status === 'completed').length;
  if (completed > 0) {
    return { status: 'completed', business: completed === lasting.length ? 'completed' : 'partly-completed' };
  }
  // Of a death no part may have heard, where all had ended before.
  if ([...before, ...meant].some((one) => businessStatusOf(one) === 'patient-died')) {
    return { status: 'cancelled', business: 'patient-died' };
  }
  const last = lasting.reduce<Task | undefined>(
    (one, other) => (one && endedAt(one) > endedAt(other) ? one : other),
    undefined,
  );
  const business = last && (businessStatusOf(last) as BusinessStatus | undefined);
  if (last && business && last.status !== 'rejected' && !leavesChoice.includes(business)) {
    return { status: last.status, business };
  }
  return { status: stillOpen(parent.status), business: 'alternatives-offered' };
}

/** Everything said no: the requester chooses among alternatives, so the referral itself is not at an end. */
function stillOpen(status: TaskStatus): TaskStatus {
  return status === 'accepted' || status === 'in-progress' ? status : 'received';
}

function endedAt(task: Task): number {
  const said = extensionOf(task, occurredAtExtension)?.valueDateTime ?? task.lastModified;
  return said === undefined ? -Infinity : parseDateTime(said);
}
