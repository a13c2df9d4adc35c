import { error, type Issue } from '#fhir';
import { isUseCase, type UseCase } from '../codes.js';
import { type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { serviceAddressOf } from '../service-address.js';
import { isEnding } from '../workflow.js';

/**
 * Asked of what is new only: a service that stopped taking a use case still hears of the referrals it has, and of a booking
 * that is cancelled, whatever its reason. A booking may leave its use case out: its Slot is the service's.
 */
export function categoryIsTakenByTheService(message: Message, { services }: MessageContext): Issue[] {
  const { header, useCase } = message;
  const asking = askingElement(message);
  if (asking === undefined) return [];
  const address = serviceAddressOf(header.resource.destination?.[0]?.endpoint);
  const service = address === undefined ? undefined : services(address);
  if (service && takes(service.acceptsUseCases, useCase)) return [];
  const said = `The service does not take the use case in ${asking.element}.`;
  return [error('not-supported', said, asking.path)];
}

/** A service that names none takes all. */
function takes(named: readonly UseCase[], useCase: UseCase | undefined): boolean {
  return named.length === 0 || named.some((one) => isUseCase(useCase, one));
}

/** Where a new request says its use case. */
function askingElement(message: Message): { element: string; path: string } | undefined {
  const { event, reason, serviceRequest, appointment, useCase } = message;
  if (reason !== 'new' || isEnding(message)) return undefined;
  if (event === 'servicerequest-request' && serviceRequest !== undefined) {
    return { element: 'ServiceRequest.category', path: `${serviceRequest.path}.category[0]` };
  }
  if (event !== 'booking-request' || appointment === undefined || useCase === undefined) return undefined;
  const { path, resource } = appointment;
  const at = (resource.serviceCategory ?? []).findIndex(({ coding = [] }) =>
    coding.some(({ code }) => code === useCase.code),
  );
  return { element: 'Appointment.serviceCategory', path: `${path}.serviceCategory[${String(Math.max(at, 0))}]` };
}
