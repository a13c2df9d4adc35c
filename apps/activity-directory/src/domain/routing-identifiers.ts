import type { FhirResource } from 'fhir/r4';
import { dosServiceSystem, normaliseIdentifierSystem, odsOrganisationSystem } from '#fhir';

/** The identifiers by which referrals find their way: whoever bears one is sent what is addressed to it. */
const routingSystems: Readonly<Record<string, string>> = {
  HealthcareService: dosServiceSystem,
  Organization: odsOrganisationSystem,
};

export interface RoutingIdentifier {
  /** `HealthcareService.identifier[0]` */
  expression: string;
  value: string;
  /** May be used once, ever: two entries of the directory never bear the same. */
  key: string;
}

export function routingIdentifiersOf(resource: FhirResource): RoutingIdentifier[] {
  const { resourceType: type } = resource;
  const routing = routingSystems[type];
  if (routing === undefined || !('identifier' in resource) || !Array.isArray(resource.identifier)) return [];
  return resource.identifier.flatMap(({ system, value }, at) => {
    if (value === undefined || normaliseIdentifierSystem(system ?? '') !== routing) return [];
    return [{ expression: `${type}.identifier[${String(at)}]`, value, key: `identifier|${type}|${routing}|${value}` }];
  });
}

/** The keys that come with a resource, each once. */
export function routingKeysOf(resource: FhirResource): string[] {
  return [...new Set(routingIdentifiersOf(resource).map(({ key }) => key))];
}

/** Those that the resource did not bear before. */
export function newRoutingIdentifiers(resource: FhirResource, before: FhirResource | undefined): RoutingIdentifier[] {
  const known = new Set(before === undefined ? [] : routingKeysOf(before));
  return routingIdentifiersOf(resource).filter(({ key }) => !known.has(key));
}
