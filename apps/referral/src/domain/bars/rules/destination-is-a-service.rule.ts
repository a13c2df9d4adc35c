import { error, type Issue } from '#fhir';
import { type Message } from '../message.js';
import { headerOf, type MessageContext } from '../message-context.js';
import { isSameAddress, serviceAddressOf, targetIdentifierOf } from '../service-address.js';

/** One destination, written system|value, and the same as the header that routed the message here. */
export function destinationIsAService({ header }: Message, { headers }: MessageContext): Issue[] {
  const destinations = header.resource.destination ?? [];
  const expression = `${header.path}.destination[0].endpoint`;
  const [destination] = destinations;
  if (destination === undefined) {
    return [error('required', 'MessageHeader.destination is missing.', `${header.path}.destination`)];
  }
  if (destinations.length > 1) {
    return [error('invariant', 'A message has one destination.', `${header.path}.destination[1]`)];
  }
  const address = serviceAddressOf(destination.endpoint);
  if (address === undefined) {
    const written = 'https://fhir.nhs.uk/Id/dos-service-id|2000011147';
    return [error('value', `The destination's endpoint is not written like ${written}.`, expression)];
  }
  const target = targetIdentifierOf(headerOf(headers, 'NHSD-Target-Identifier') ?? '');
  if ('fault' in target || isSameAddress(target.address, address)) return [];
  return [error('invalid', 'The destination is not the service that NHSD-Target-Identifier names.', expression)];
}
