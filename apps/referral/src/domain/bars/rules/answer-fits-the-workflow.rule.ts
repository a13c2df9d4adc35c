import type { Encounter } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { isUseCase, vcseUseCase } from '../codes.js';
import { focusedEncounters, type Message, type MessageEntry } from '../message.js';

/** cancelled: the standard's example of a validation that is refused says so. */
const validated: readonly Encounter['status'][] = ['in-progress', 'triaged', 'finished', 'cancelled'];

/**
 * What an answer may say: a referral was revoked (the person did not come) or, with the receiver's Encounter as
 * focus, is in a new state; a validation is on its way, done or refused.
 */
export function answerFitsTheWorkflow(message: Message): Issue[] {
  const { event, reason, category, serviceRequest, header } = message;
  if (event !== 'servicerequest-response' || serviceRequest === undefined) return [];
  if (reason === 'delete') {
    return [error('invariant', 'An answer is new or an update, it cannot delete.', `${header.path}.reason`)];
  }
  const { all, receivers } = focusedEncounters(message);
  const [focus] = receivers;
  if (focus === undefined && all.length > 0 && saysItByEncounter(message)) {
    const said = "MessageHeader.focus is the sender's own Encounter; an answer is about the receiver's.";
    return [error('invariant', said, `${header.path}.focus`)];
  }
  const ofItsCategory =
    category === 'validation'
      ? [...statusIsOneOf(serviceRequest, ['active', 'completed']), ...validationIsAnswered(focus)]
      : statusIsOneOf(serviceRequest, referralStatuses(message, all[0]));
  return [...ofItsCategory, ...refusalHasAReason(focus)];
}

/** Otherwise the ServiceRequest or, in our own use case, a Task says it. */
function saysItByEncounter({ serviceRequest, useCase }: Message): boolean {
  return serviceRequest?.resource.status !== 'revoked' && !isUseCase(useCase, vcseUseCase);
}

/** BaRS has no answer for a completed referral; a provider of our own use case needs one. */
function referralStatuses(message: Message, focus: MessageEntry | undefined): string[] {
  return [
    'revoked',
    ...(focus === undefined ? [] : ['active']),
    ...(isUseCase(message.useCase, vcseUseCase) ? ['completed'] : []),
  ];
}

function statusIsOneOf({ path, resource }: NonNullable<Message['serviceRequest']>, allowed: string[]): Issue[] {
  if (allowed.includes(resource.status)) return [];
  const otherwise = resource.status === 'active' ? aboutEncounter : '';
  const said = `ServiceRequest.status is ${resource.status}; this answer has ${allowed.join(' or ')}.${otherwise}`;
  return [error('invariant', said, `${path}.status`)];
}

/** Whoever writes revoked instead, because only that is named, would tell that the person did not come. */
const aboutEncounter = " It is active where MessageHeader.focus names the receiver's Encounter.";

function validationIsAnswered(focus: MessageEntry<Encounter> | undefined): Issue[] {
  if (focus === undefined || validated.includes(focus.resource.status)) return [];
  const said = `Encounter.status is ${focus.resource.status}; a validation's answer has ${validated.join(', ')}.`;
  return [error('invariant', said, `${focus.path}.status`)];
}

function refusalHasAReason(focus: MessageEntry<Encounter> | undefined): Issue[] {
  if (focus?.resource.status !== 'cancelled' || (focus.resource.reasonCode?.length ?? 0) > 0) return [];
  return [error('invariant', 'A cancelled Encounter gives its reasonCode.', `${focus.path}.reasonCode`)];
}
