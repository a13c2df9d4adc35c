import type { HealthcareService } from 'fhir/r4';
import { normaliseIdentifierSystem } from '#fhir';
import { type ServiceAddress } from './message-context.js';

/** `https://fhir.nhs.uk/Id/dos-service-id|2000011147`, in whichever spelling; undefined for what is no system|value. */
export function serviceAddressOf(endpoint: string | undefined): ServiceAddress | undefined {
  const found = /^(https?:\/\/[^|\s]+)\|([^|\s]+)$/.exec(endpoint ?? '');
  if (found === null) return undefined;
  const [, system = '', value = ''] = found;
  return { system: normaliseIdentifierSystem(system), value };
}

/** An address in its published spelling; what is no system|value stays as it is. */
export function currentAddress(endpoint: string): string {
  const address = serviceAddressOf(endpoint);
  return address ? `${address.system}|${address.value}` : endpoint;
}

export function isSameAddress(one: ServiceAddress, other: ServiceAddress): boolean {
  return one.system === other.system && one.value === other.value;
}

/** Whether a service is addressed by one of these. */
export function bearsAddress(service: HealthcareService | undefined, addresses: readonly ServiceAddress[]): boolean {
  return (service?.identifier ?? []).some(({ system = '', value = '' }) => {
    const own = { system: normaliseIdentifierSystem(system), value };
    return addresses.some((one) => isSameAddress(one, own));
  });
}

export type TargetIdentifier = { address: ServiceAddress } | { fault: string };

/** NHSD-Target-Identifier: Base64 of the JSON of an Identifier. Padding and the URL alphabet are both taken. */
export function targetIdentifierOf(header: string): TargetIdentifier {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(header)) return { fault: 'is not Base64' };
  const identifier = parsed(Buffer.from(header, 'base64').toString('utf8'));
  if (typeof identifier !== 'object' || identifier === null) return { fault: 'is not the Base64 of a JSON object' };
  const { system, value } = identifier as { system?: unknown; value?: unknown };
  if (typeof system !== 'string' || typeof value !== 'string') return { fault: 'does not hold a system and a value' };
  return { address: { system: normaliseIdentifierSystem(system), value } };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
