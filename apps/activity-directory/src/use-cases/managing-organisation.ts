import { Injectable } from '@nestjs/common';
import type { FhirResource, Reference } from 'fhir/r4';
import { idIn, owners, publicAudience, resourceIdOf } from '#fhir';
import { FhirStore } from '#fhir-store';

export const directoryTypes = owners['activity-directory'];
export type DirectoryType = (typeof directoryTypes)[number];

/** Which organisation a directory entry belongs to: it says so itself, or what it hangs on does. */
@Injectable()
export class ManagingOrganisation {
  constructor(private readonly store: FhirStore) {}

  async execute(resource: FhirResource, siblings: readonly FhirResource[], depth = 0): Promise<string | undefined> {
    if (resource.resourceType === 'Organization') return resource.id;
    const own = organisationIn(resource);
    if (own !== undefined || depth > 2) return own;
    const next = await this.#read(hangsOn(resource), siblings);
    return next && this.execute(next, siblings, depth + 1);
  }

  async #read(reference: Reference | undefined, siblings: readonly FhirResource[]): Promise<FhirResource | undefined> {
    const id = resourceIdOf(reference);
    if (!id || !this.store.holds(id.type)) return undefined;
    const sibling = siblings.find((one) => one.resourceType === id.type && one.id === id.id);
    if (sibling) return sibling;
    const stored = await this.store.read(id.type, id.id, publicAudience);
    return stored && !stored.deleted ? (JSON.parse(stored.content) as FhirResource) : undefined;
  }
}

function organisationIn(resource: FhirResource): string | undefined {
  switch (resource.resourceType) {
    case 'HealthcareService':
      return idIn(resource.providedBy, 'Organization');
    case 'Location':
    case 'Endpoint':
      return idIn(resource.managingOrganization, 'Organization');
    case 'PractitionerRole':
    case 'OrganizationAffiliation':
      return idIn(resource.organization, 'Organization');
    default:
      return undefined;
  }
}

function hangsOn(resource: FhirResource): Reference | undefined {
  switch (resource.resourceType) {
    case 'Schedule':
      return resource.actor[0];
    case 'Slot':
      return resource.schedule;
    case 'VerificationResult':
      return resource.target?.[0];
    default:
      return undefined;
  }
}
