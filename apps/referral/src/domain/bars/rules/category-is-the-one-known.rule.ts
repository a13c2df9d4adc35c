import { error, type Issue } from '#fhir';
import { isUseCase } from '../codes.js';
import { type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { kindOf } from '../workflow.js';

/**
 * An update and an answer are of the category that the ServiceRequest has here, and an update of its use case: else a referral
 * would become a validation, or work that a service does not take. A cancellation ends in either category.
 */
export function categoryIsTheOneKnown(message: Message, { known }: MessageContext): Issue[] {
  const kind = kindOf(message);
  const { asked } = known;
  const { serviceRequest, category, useCase } = message;
  if (serviceRequest === undefined || asked === undefined || (kind !== 'update' && kind !== 'response')) return [];
  const expression = `${serviceRequest.path}.category`;
  if (category !== asked.category) {
    const said = `The ServiceRequest is a ${asked.category} here; this ${kind} is of category ${String(category)}.`;
    return [error('invariant', said, expression)];
  }
  const isOther = useCase !== undefined && asked.useCase !== undefined && !isUseCase(useCase, asked.useCase);
  if (kind !== 'update' || !isOther) return [];
  return [error('invariant', 'The ServiceRequest is of another use case here; send what is new as new.', expression)];
}
