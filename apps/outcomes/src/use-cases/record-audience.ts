import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import { type Audience, error, FhirError, ownerOf, parseJson, referencesIn, resourceIdOf, sees } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, personsIn, type Stored } from '#fhir-store';
import { OwnersRecords } from '#service';
import { personOf } from '../domain/person-of.js';

/** What a record may hang on, the nearest first. */
const anchors = ['Task', 'ServiceRequest'];

export interface RecordReaders {
  audience: Audience;
  /** Ids of the Patients of what it names: a document need not say itself whom it is about. */
  persons: readonly string[];
}

/** Who sees a record that a client sends: whoever sees the referral that it hangs on, otherwise its author alone. */
@Injectable()
export class RecordAudience {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
  ) {}

  /** Throws where the record names what its writer may not see, or hangs on another person's referral. */
  async execute(
    resource: FhirResource,
    { caller, planned = [] }: Pick<FhirRequest, 'caller' | 'planned'>,
    siblings: readonly FhirResource[],
  ): Promise<RecordReaders> {
    const own = caller.organisation ?? 'integrator';
    const seen = await this.#seen(resource, caller.audience, { siblings, planned });
    const found = anchors.flatMap((type) => seen.filter((one) => one.type === type));
    refuseOtherPerson(resource, found);
    const persons = seen.flatMap(personsIn);
    const [place] = resource.resourceType === 'Binary' ? seen : found;
    return { audience: place?.audience ?? [own], persons };
  }

  /** What it names, without what this service writes beside it; of what others write beside it, what they will write. */
  async #seen(
    resource: FhirResource,
    reader: Audience,
    { siblings, planned }: { siblings: readonly FhirResource[]; planned: readonly Stored[] },
  ): Promise<Stored[]> {
    const sent = new Set(siblings.map(({ resourceType, id = '' }) => `${resourceType}/${id}`));
    const named = referencesIn(resource).flatMap(({ path, reference }) => {
      const id = resourceIdOf(reference);
      const isJudged = id && judged.includes(ownerOf(id.type) ?? '') && !(this.#isOwn(id) && sent.has(placeOf(id)));
      return isJudged ? [{ path, id }] : [];
    });
    const beside = planned.filter(({ deleted }) => !deleted);
    const stored = named.filter(({ id }) => !planned.some((one) => placeOf(one) === placeOf(id)));
    const [here, elsewhere] = [stored.filter(({ id }) => this.#isOwn(id)), stored.filter(({ id }) => !this.#isOwn(id))];
    const found = [
      ...beside,
      ...(here.length === 0
        ? []
        : await this.store.readMany(
            here.map(({ id }) => id),
            reader,
          )),
      ...(elsewhere.length === 0
        ? []
        : await this.owners.read(
            elsewhere.map(({ id }) => id),
            reader,
          )),
    ];
    const seen = new Map(found.filter(({ audience }) => sees(reader, audience)).map((one) => [placeOf(one), one]));
    const issues = named
      .filter(({ id }) => !seen.has(placeOf(id)))
      .map(({ path }) => error('not-found', `${path} names nothing that you may see.`, path));
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    return named.flatMap(({ id }) => seen.get(placeOf(id)) ?? []);
  }

  #isOwn({ type }: { type: string }): boolean {
    return ownerOf(type) === 'outcomes';
  }
}

/** The owners of what is about a person: a reference to it may not be a way to guess, or to share. */
const judged: readonly string[] = ['referral', 'questionnaire', 'outcomes'];

function refuseOtherPerson(resource: FhirResource, found: readonly Stored[]): void {
  const person = personOf(resource);
  const others = found.map(({ content }) => personOf(parseJson(content) as FhirResource));
  if (person === undefined || others.every((other) => other === undefined || other === person)) return;
  const diagnostics = 'A record hangs on a referral of the same person only.';
  throw new FhirError([error('business-rule', diagnostics, resource.resourceType)], { status: 422 });
}

function placeOf({ type, id }: { type: string; id: string }): string {
  return `${type}/${id}`;
}
