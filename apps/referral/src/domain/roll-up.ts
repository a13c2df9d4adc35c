import type { Task } from 'fhir/r4';
import { type BusinessStatus, businessStatus, businessStatusOf } from './codes.js';

/** The parent Task as its children make it; the same object where nothing changes. A parent is never moved by a message. */
export function rollUp(parent: Task, children: readonly Task[]): Task {
  const { status, business } = stateOf(parent, children);
  if (status === parent.status && business === businessStatusOf(parent)) return parent;
  return { ...parent, status, ...(business === undefined ? {} : { businessStatus: businessStatus(business) }) };
}

interface State {
  status: Task['status'];
  business: BusinessStatus | undefined;
}

const terminal: readonly Task['status'][] = ['completed', 'rejected', 'failed', 'cancelled', 'entered-in-error'];

function stateOf(parent: Task, children: readonly Task[]): State {
  const open = children.filter(({ status }) => !terminal.includes(status));
  const any = (status: Task['status']) => open.some((child) => child.status === status);
  if (children.length > 0 && open.length === 0) return closedState(parent, children);
  if (any('in-progress')) return { status: 'in-progress', business: 'started' };
  if (any('accepted')) return { status: 'accepted', business: allWaitlisted(open) ? 'waitlisted' : 'accepted' };
  if (any('received')) return { status: 'received', business: 'acknowledged' };
  return { status: 'requested', business: 'sent' };
}

/** Everything said no: the requester chooses among alternatives, so the referral itself is not at an end. */
function closedState(parent: Task, children: readonly Task[]): State {
  const completed = children.filter(({ status }) => status === 'completed').length;
  if (completed === children.length) return { status: 'completed', business: 'completed' };
  if (completed > 0) return { status: 'completed', business: 'partly-completed' };
  const status = parent.status === 'requested' ? 'received' : parent.status;
  return { status, business: 'alternatives-offered' };
}

function allWaitlisted(open: readonly Task[]): boolean {
  return open.every((child) => businessStatusOf(child) === 'waitlisted');
}
