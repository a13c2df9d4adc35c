import type { Endpoint } from 'fhir/r4';
import { idIn, normaliseIdentifierSystem } from '#fhir';
import type { OutgoingMessage } from './outgoing-message.js';

/** Addresses that an Endpoint of the directory stands for: `system|value`, as they are published. */
export function addressesOf({ identifier = [] }: Endpoint): string[] {
  return identifier.flatMap(({ system, value }) =>
    system === undefined || value === undefined ? [] : [`${normaliseIdentifierSystem(system)}|${value}`],
  );
}

/** Those of its addresses for which it leads to another place than before. */
export function changedAddressesOf(endpoint: Endpoint, before: Endpoint | undefined): string[] {
  const requester = idIn(endpoint.managingOrganization, 'Organization') ?? '';
  const placeOf = (one: Endpoint, address: string) => processMessageAt([one], { address, requester });
  return addressesOf(endpoint).filter((address) => {
    const place = placeOf(endpoint, address);
    return place !== undefined && place !== (before && placeOf(before, address));
  });
}

/**
 * Where a message is posted to: the `$process-message` of the one active Endpoint that bears its address and belongs to whom it
 * is for. Of another organisation's Endpoint with the same identifier nothing is believed, and of two nothing is chosen.
 */
export function processMessageAt(
  endpoints: readonly Endpoint[],
  { address, requester }: Pick<OutgoingMessage, 'address' | 'requester'>,
): string | undefined {
  const found = endpoints.filter(
    (endpoint) =>
      endpoint.status === 'active' &&
      endpoint.connectionType.code === 'hl7-fhir-msg' &&
      idIn(endpoint.managingOrganization, 'Organization') === requester &&
      addressesOf(endpoint).includes(address),
  );
  const [only, ...others] = found;
  if (!only || others.length > 0) return undefined;
  return `${only.address.replace(/\/(\$process-message)?$/, '')}/$process-message`;
}
