import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import type { Caller } from '#auth';
import { error, FhirError, ownerOf, referencesIn, type ResourceId, resourceIdOf } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';

interface Named {
  path: string;
  id: ResourceId;
}

/** What a resource names of a referral's own types must be there for its writer: else a reference is a way to guess, or to share. */
@Injectable()
export class SeenReferences {
  constructor(private readonly store: FhirStore) {}

  /** The stored resources that it names, without those of the same transaction and those that `before` named already. */
  async execute(
    resource: FhirResource,
    { audience }: Pick<Caller, 'audience'>,
    { siblings = [], before }: { siblings?: readonly FhirResource[]; before?: FhirResource } = {},
  ): Promise<Stored[]> {
    const known = new Set([
      ...siblings.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`),
      ...(before ? namedIn(before).map(({ id }) => placeOf(id)) : []),
    ]);
    const named = namedIn(resource).filter(({ id }) => !known.has(placeOf(id)));
    const seen = await this.store.readMany(
      named.map(({ id }) => id),
      audience,
    );
    const found = new Set(seen.map(placeOf));
    const missing = named.filter(({ id }) => !found.has(placeOf(id)));
    if (missing.length === 0) return seen;
    const issues = missing.map(({ path }) => error('not-found', `${path} names nothing that you may see.`, path));
    throw new FhirError(issues, { status: 422 });
  }
}

function namedIn(resource: FhirResource): Named[] {
  return referencesIn(resource).flatMap(({ path, reference }) => {
    const id = resourceIdOf(reference);
    return id && ownerOf(id.type) === 'referral' ? [{ path, id }] : [];
  });
}

function placeOf({ type, id }: ResourceId): string {
  return `${type}/${id}`;
}
