import { error, warning, type Issue } from '#fhir';
import { messageCategories, messageCategorySystem } from '../codes.js';
import { type Message } from '../message.js';
import { kindOf, type MessageKind } from '../workflow.js';

const withoutUseCase: readonly (MessageKind | undefined)[] = ['cancellation', 'update', 'response'];

/**
 * One category of two codings: what kind of message it is, and its use case. Only a request that a service is to
 * take is refused for it: a cancellation and an update need their target and an answer its original, not a use case.
 * The standard's own example of an update has none.
 */
export function categoryIsComplete(message: Message): Issue[] {
  return message.event === 'booking-request' ? [] : categoryOfRequestIsComplete(message);
}

function categoryOfRequestIsComplete(message: Message): Issue[] {
  const { serviceRequest, category, useCase } = message;
  if (serviceRequest === undefined) return [];
  const kind = kindOf(message);
  const fault = kind === 'cancellation' ? warning : error;
  const useCaseFault = withoutUseCase.includes(kind) ? warning : error;
  const expression = `${serviceRequest.path}.category`;
  const count = serviceRequest.resource.category?.length ?? 0;
  if (count === 0) return [fault('required', 'ServiceRequest.category is missing.', expression)];
  if (count > 1) return [fault('invariant', 'ServiceRequest has more than one category.', `${expression}[1]`)];
  const allowed = `${messageCategories.join(' or ')} of ${messageCategorySystem}`;
  return [
    ...(category === undefined
      ? [fault('required', `ServiceRequest.category has no coding ${allowed}.`, `${expression}[0].coding`)]
      : []),
    ...(useCase === undefined
      ? [useCaseFault('required', 'ServiceRequest.category has no coding of a use case.', `${expression}[0].coding`)]
      : []),
  ];
}
