import type { CarePlan, Encounter, ServiceRequest } from 'fhir/r4';
import { type MessageCategory } from './codes.js';
import { type Message } from './message.js';

export type MessageKind = 'new-referral' | 'new-validation' | 'cancellation' | 'update' | 'response';

interface Workflow {
  serviceRequest: readonly ServiceRequest['status'][];
  /** Of the sender's assessment, where the message carries it. */
  carePlan?: readonly CarePlan['status'][];
  encounter?: readonly Encounter['status'][];
}

/** The receiver's decision table of BaRS Core: which statuses go together in a request. */
export const workflows: Readonly<Record<Exclude<MessageKind, 'response'>, Workflow>> = {
  'new-referral': { serviceRequest: ['active'], carePlan: ['completed'], encounter: ['triaged', 'finished'] },
  'new-validation': { serviceRequest: ['active'], carePlan: ['active'], encounter: ['triaged', 'in-progress'] },
  // revoked: it was meant, circumstances changed; entered-in-error: it was never meant
  cancellation: { serviceRequest: ['revoked', 'entered-in-error'] },
  update: { serviceRequest: ['active', 'on-hold'] },
};

const newKind: Readonly<Record<MessageCategory, MessageKind>> = {
  referral: 'new-referral',
  validation: 'new-validation',
};

/**
 * What the message is for; undefined for a combination that the decision table does not have. A `delete` counts as
 * an `update` that ends: the table knows no `delete`, the reason's code system and the standard's own example do.
 * A cancellation is one in either category: the standard's example of it is a validation.
 */
export function kindOf(message: Message): MessageKind | undefined {
  const { event, reason, category } = message;
  if (event === 'servicerequest-response') return 'response';
  if (event !== 'servicerequest-request' || reason === undefined) return undefined;
  if (reason === 'new') return category === undefined ? undefined : newKind[category];
  if (isCancelled(message)) return 'cancellation';
  return reason === 'update' && category === 'validation' ? 'update' : undefined;
}

function isCancelled(message: Message): boolean {
  const status = message.serviceRequest?.resource.status;
  return status !== undefined && workflows.cancellation.serviceRequest.includes(status);
}
