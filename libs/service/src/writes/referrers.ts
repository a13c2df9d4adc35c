import { everyone, isOwnedType, ownerOf, type ResourceId } from '#fhir';
import { searchableTypes, searchParametersOf } from '#fhir-search';
import type { FhirStore } from '#fhir-store';
import type { OwnersRecords } from '../owners-records.js';
import { notDeleted } from './deletion.js';

/** What points to a resource, here or at another owner: as far as a search parameter finds it. */
export class Referrers {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
  ) {}

  /** Throws 409 where something would be left pointing to nothing. */
  async refuseReferred(target: ResourceId): Promise<void> {
    const counts: string[] = [];
    for (const type of searchableTypes().filter(isOwnedType)) {
      const count = await this.#countOf(type, target);
      if (count > 0) counts.push(`${String(count)}${count >= countedAtMost ? ' or more' : ''} ${type}`);
    }
    if (counts.length === 0) return;
    throw notDeleted(`What others point to is not deleted. To this ${target.type} point: ${counts.join(', ')}.`);
  }

  /** One resource may point here by several parameters (patient and subject): the most that one of them finds. */
  async #countOf(type: string, target: ResourceId): Promise<number> {
    const parameters = searchParametersOf(type).filter(
      (parameter) => parameter.type === 'reference' && parameter.targets.includes(target.type),
    );
    let most = 0;
    for (const parameter of parameters) {
      const reference = `${target.type}/${target.id}`;
      const isOwn = ownerOf(type) === ownerOf(target.type);
      const count = isOwn
        ? await this.#countHere(type, { parameter, reference })
        : await this.owners.countPointing({ type, parameter: parameter.code, reference });
      most = Math.max(most, count);
    }
    return most;
  }

  async #countHere(
    type: string,
    { parameter, reference }: { parameter: ReturnType<typeof searchParametersOf>[number]; reference: string },
  ): Promise<number> {
    const query = {
      type,
      criteria: [{ parameter, values: [{ type: 'reference' as const, value: reference }] }],
      includes: [],
      sort: [],
      count: countedAtMost,
      total: 'none' as const,
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, everyone)).matches.length;
  }
}

/** As many as another owner's page holds. */
const countedAtMost = 50;
