import { isDeepStrictEqual } from 'node:util';
import type { FhirResource } from 'fhir/r4';
import { error, FhirError, organisationsOf } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { FhirStore, Stored, Write } from '#fhir-store';
import { actsForAll, deletionOf, notDeleted, onlyAuthor, type Referrers } from '#service';
import type { AttachedContent } from '../use-cases/attached-content.js';
import type { RecordAudience } from '../use-cases/record-audience.js';

export const recordTypes = ['Composition', 'DocumentReference', 'Binary', 'MeasureReport', 'Group'] as const;

/** Documents and reports that clients bring. Those that Ginnel made itself are nobody's to change. */
export class RecordWrites extends ResourceWrites {
  constructor(
    readonly type: (typeof recordTypes)[number],
    private readonly store: FhirStore,
    private readonly rules: { audience: RecordAudience; attached: AttachedContent; referrers: Referrers },
  ) {
    super();
  }

  async create(resource: FhirResource, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const readers = await this.rules.audience.execute(resource, request, siblings);
    await this.#refuseOtherContent(resource, request, siblings);
    return [{ interaction: 'create', resource, ...readers }];
  }

  async update(
    resource: FhirResource,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    await onlyAuthor(this.store, previous, request.caller);
    refuseMoved(JSON.parse(previous.content) as FhirResource, resource);
    const readers = await this.rules.audience.execute(resource, request, siblings);
    await this.#refuseOtherContent(resource, request, siblings);
    if (resource.resourceType === 'Binary') await this.rules.attached.ofBinary(resource, siblings);
    const now = organisationsOf(readers.audience);
    const { version } = previous;
    const before = organisationsOf(previous.audience);
    const own = request.caller.organisation;
    // A provider without which the referral went on sees what it saw, and no later version.
    const still = before.filter((organisation) => now.includes(organisation) || organisation === own);
    const audience = own === undefined ? before : still;
    return [{ interaction: 'update', resource, audience, persons: readers.persons, version }];
  }

  /** Ended by its author, as long as nobody else has seen it and nothing points to it. */
  override async delete(previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    await onlyAuthor(this.store, previous, caller);
    const isShared = organisationsOf(previous.audience).some((organisation) => organisation !== caller.organisation);
    if (isShared && !actsForAll(caller)) {
      throw notDeleted(`Others see this ${this.type}: it is not deleted; give it a status that says it was an error.`);
    }
    await this.rules.referrers.refuseReferred(previous, caller);
    return [deletionOf(previous)];
  }

  async #refuseOtherContent(resource: FhirResource, { caller }: FhirRequest, siblings: readonly FhirResource[]) {
    if (resource.resourceType !== 'DocumentReference') return;
    await this.rules.attached.execute(resource, caller.audience, siblings);
  }
}

/** Who sees a record follows from what it was made about. */
function refuseMoved(before: FhirResource, after: FhirResource): void {
  const issues = ['subject', 'context', 'securityContext']
    .filter((element) => !isDeepStrictEqual(valueOf(before, element), valueOf(after, element)))
    .map((element) => `${after.resourceType}.${element}`)
    .map((place) => error('business-rule', `${place} stays as it was made.`, place));
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
}

function valueOf(resource: FhirResource, element: string): unknown {
  return (resource as unknown as Record<string, unknown>)[element];
}
