import { type Caller, isPermitted } from '#auth';
import { type Audience, everyone, isOwnedType, ownerOf, type ResourceId } from '#fhir';
import { searchableTypes, type SearchParameter, searchParametersOf } from '#fhir-search';
import type { FhirStore } from '#fhir-store';
import type { OwnersRecords } from '../owners-records.js';
import { notDeleted } from './deletion.js';

/** What points to a resource, here or at another owner: as far as a search parameter finds it. */
export class Referrers {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
  ) {}

  /**
   * Throws 409 where something would be left pointing to nothing. It counts what the caller may see; that there is more is all
   * that he is told of the rest.
   */
  async refuseReferred(target: ResourceId, caller: Caller): Promise<void> {
    const counts: string[] = [];
    for (const type of searchableTypes().filter(isOwnedType)) {
      const all = await this.#countOf(type, target, everyone);
      if (all === 0) continue;
      const seen = isPermitted(caller, { interaction: 'search', type })
        ? await this.#countOf(type, target, caller.audience)
        : 0;
      if (seen > 0) counts.push(`${String(seen)}${seen >= countedAtMost ? ' or more' : ''} ${type}`);
      if (seen < all) counts.push(unseen);
    }
    if (counts.length === 0) return;
    const named = [...new Set(counts)].sort((a, b) => Number(a === unseen) - Number(b === unseen));
    throw notDeleted(`What others point to is not deleted. To this ${target.type} point: ${named.join(', ')}.`);
  }

  /** One resource may point here by several parameters (patient and subject): the most that one of them finds. */
  async #countOf(type: string, target: ResourceId, reader: Audience): Promise<number> {
    const parameters = searchParametersOf(type).filter(
      (parameter) => parameter.type === 'reference' && parameter.targets.includes(target.type),
    );
    const isOwn = ownerOf(type) === ownerOf(target.type);
    const reference = `${target.type}/${target.id}`;
    let most = 0;
    for (const parameter of parameters) {
      const count = isOwn
        ? await this.#countHere(type, { parameter, reference }, reader)
        : await this.owners.countPointing({ type, parameter: parameter.code, reference }, reader);
      most = Math.max(most, count);
    }
    return most;
  }

  async #countHere(
    type: string,
    { parameter, reference }: { parameter: SearchParameter; reference: string },
    reader: Audience,
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
    return (await this.store.search(query, reader)).matches.length;
  }
}

const unseen = 'records that you may not see';

/** As many as another owner's page holds. */
const countedAtMost = 50;
