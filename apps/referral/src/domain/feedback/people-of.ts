import type {
  DomainResource,
  FhirResource,
  Organization,
  Practitioner,
  PractitionerRole,
  ServiceRequest,
} from 'fhir/r4';
import { withReferences } from '#fhir';

export interface PersonInMessage {
  fullUrl: string;
  resource: FhirResource;
}

/**
 * Who referred, as the sender said it: the ServiceRequest contains them, since no directory knows them. BaRS demands somebody of every
 * response; where the sender named nobody it is whoever is at work at the provider.
 */
export function peopleOf(
  { request, provider }: { request: ServiceRequest; provider: Organization },
  newId: () => string,
): PersonInMessage[] {
  const contained = ((request as DomainResource).contained ?? []) as FhirResource[];
  const urls = new Map(contained.map(({ id = '' }) => [`#${id}`, `urn:uuid:${newId()}`]));
  const all = contained.map((one) => ({
    fullUrl: urls.get(`#${one.id ?? ''}`) ?? '',
    resource: withReferences(one, (literal) => urls.get(literal)),
  }));
  const roles = all.filter(({ resource }) => resource.resourceType === 'PractitionerRole');
  const needed = named(roles, all);
  const people = [...new Set([...roles, ...needed, ...named(needed, all)])];
  const isWhole = roles.length > 0 && people.some(({ resource }) => resource.resourceType === 'Practitioner');
  return isWhole ? people : staffOf(provider, newId);
}

function named(some: readonly PersonInMessage[], all: readonly PersonInMessage[]): PersonInMessage[] {
  const text = JSON.stringify(some);
  return all.filter((one) => !some.includes(one) && text.includes(`"reference":"${one.fullUrl}"`));
}

function staffOf(provider: Organization, newId: () => string): PersonInMessage[] {
  const at = provider.name ?? 'the provider';
  const fullUrl = `urn:uuid:${newId()}`;
  const practitioner: Practitioner = { resourceType: 'Practitioner', name: [{ text: `Staff of ${at}` }] };
  const role: PractitionerRole = {
    resourceType: 'PractitionerRole',
    practitioner: { reference: fullUrl },
    organization: { reference: `Organization/${provider.id ?? ''}` },
  };
  return [
    { fullUrl: `urn:uuid:${newId()}`, resource: role },
    { fullUrl, resource: practitioner },
  ];
}
