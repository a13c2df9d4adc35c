import { error, warning, type Issue } from '#fhir';
import { headerOf, type MessageContext } from '../message-context.js';
import { targetIdentifierOf } from '../service-address.js';

const name = 'NHSD-Target-Identifier';

/** The national proxy routes by this header; here MessageHeader.destination says the same, so it may be absent. */
export function targetIdentifierIsReadable(_received: unknown, { headers }: Pick<MessageContext, 'headers'>): Issue[] {
  const header = headerOf(headers, name);
  if (header === undefined) {
    return [warning('required', `The header ${name} is missing; MessageHeader.destination is used.`, `http.${name}`)];
  }
  const target = targetIdentifierOf(header);
  if ('address' in target) return [];
  const expected = 'give the Base64 of {"system":"https://fhir.nhs.uk/Id/dos-service-id","value":"…"}';
  return [error('invalid', `The header ${name} ${target.fault}; ${expected}.`, `http.${name}`)];
}
