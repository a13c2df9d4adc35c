import type { FhirResource } from 'fhir/r4';
import { error, FhirError, publicAudience } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { deletionOf, type Referrers } from '#service';
import type { ClaimIdentifiers } from '../use-cases/claim-identifiers.js';
import type { KeepCapacity } from '../use-cases/keep-capacity.js';
import { type DirectoryType, type ManagingOrganisation } from '../use-cases/managing-organisation.js';

/** What the types of the directory have in common. */
export interface DirectoryRules {
  managingOrganisation: ManagingOrganisation;
  claimIdentifiers: ClaimIdentifiers;
  keepCapacity: KeepCapacity;
  referrers: Referrers;
}

/** A directory entry is everyone's to read and its organisation's to write. */
export class DirectoryWrites extends ResourceWrites {
  override readonly clientIds = true;
  override readonly isPublic = true;

  constructor(
    readonly type: DirectoryType,
    private readonly rules: DirectoryRules,
  ) {
    super();
  }

  async create(resource: FhirResource, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    await this.#mustOwn(resource, request, siblings);
    const keys = await this.rules.claimIdentifiers.execute(resource, undefined, request.caller);
    const kept = await this.rules.keepCapacity.execute(resource);
    return [{ interaction: 'create', ...kept, audience: publicAudience, keys }];
  }

  async update(
    resource: FhirResource,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    const before = JSON.parse(previous.content) as FhirResource;
    // Whose it is follows from what is stored, not from what is sent beside.
    await this.#mustOwn(before, request, []);
    await this.#mustOwn(resource, request, siblings);
    const keys = await this.rules.claimIdentifiers.execute(resource, before, request.caller);
    const kept = await this.rules.keepCapacity.execute(resource, before);
    return [{ interaction: 'update', ...kept, audience: previous.audience, version: previous.version, keys }];
  }

  /** An entry to which nothing points any more, here or in a referral. */
  override async delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    await this.#mustOwn(JSON.parse(previous.content) as FhirResource, request, []);
    await this.rules.referrers.refuseReferred(previous, request.caller);
    return [deletionOf(previous)];
  }

  async #mustOwn(resource: FhirResource, { caller }: FhirRequest, siblings: readonly FhirResource[]): Promise<void> {
    if (caller.role === 'integrator') return;
    const organisation = await this.rules.managingOrganisation.execute(resource, siblings);
    if (organisation !== undefined && organisation === caller.organisation) return;
    throw new FhirError([
      error('forbidden', `A ${this.type} is written by the organisation that it belongs to.`, elementOf(resource)),
    ]);
  }
}

function elementOf(resource: FhirResource): string {
  const elements: Record<string, string> = {
    HealthcareService: 'providedBy',
    Location: 'managingOrganization',
    Schedule: 'actor',
    Slot: 'schedule',
  };
  const element = elements[resource.resourceType] ?? 'organization';
  return `${resource.resourceType}.${element}`;
}
