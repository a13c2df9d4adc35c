import { error, type Issue } from '#fhir';
import { isUseCase } from '../codes.js';
import { type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { serviceAddressOf } from '../service-address.js';

/** Asked of what is new only: a service that stopped taking a use case still hears of the referrals it has. */
export function categoryIsTakenByTheService(message: Message, { services }: MessageContext): Issue[] {
  const { header, event, reason, serviceRequest, useCase } = message;
  if (event !== 'servicerequest-request' || reason !== 'new' || serviceRequest === undefined) return [];
  const address = serviceAddressOf(header.resource.destination?.[0]?.endpoint);
  const service = address === undefined ? undefined : services(address);
  if (service?.acceptsUseCases.some((accepted) => isUseCase(useCase, accepted)) === true) return [];
  const expression = `${serviceRequest.path}.category[0]`;
  return [error('not-supported', 'The service does not take the use case in ServiceRequest.category.', expression)];
}
