import type { Reference, ServiceRequest } from 'fhir/r4';
import { idIn, type Issue } from '#fhir';
import { elementsKept } from './same-element.js';

/** A sent ServiceRequest as its update is meant: who is named once more, in other words beside the same literal, stays as he was. */
export function plainlyNamed(before: ServiceRequest, after: ServiceRequest): ServiceRequest {
  const { subject, requester, performer } = before;
  return {
    ...after,
    ...(isSame(subject, after.subject) ? { subject } : {}),
    ...(requester && isSame(requester, after.requester) ? { requester } : {}),
    ...(performer && areSame(performer, after.performer) ? { performer } : {}),
  };
}

/** A sent referral is addressed to somebody: another performer or another person is another referral. */
export function newParties(before: ServiceRequest, after: ServiceRequest, asked: Reference | undefined): Issue[] {
  const asks = idIn(asked, 'Organization');
  // Who sent it may say so later.
  const isSaid = before.requester === undefined && asks !== undefined && idIn(after.requester, 'Organization') === asks;
  const kept = ['subject', 'performer', ...(isSaid ? [] : (['requester'] as const))] as const;
  return elementsKept([before, after], kept, 'of a sent referral stays as it is.');
}

function areSame(before: readonly Reference[], after: readonly Reference[] = []): boolean {
  return before.length === after.length && before.every((one, at) => isSame(one, after[at]));
}

function isSame(before: Reference, after: Reference | undefined): boolean {
  return before.reference !== undefined && before.reference === after?.reference;
}
