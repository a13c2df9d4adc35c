import { FhirError } from '#fhir';
import { type Criterion, loadedSearchParameters, type SearchParameter, type SearchQuery } from '#fhir-search';

/** What the store's rows are not yet indexed by: searching by it would find too little. */
export class IndexReadiness {
  #loaded: ReadonlyMap<string, boolean> = new Map();
  #behind: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  /** Addresses of the loaded parameters that this store has been told of. */
  loadedHere(): readonly string[] {
    return [...this.#loaded.keys()];
  }

  learn(state: {
    /** Loaded parameters by address, and whether all rows are indexed by them. */
    loaded: ReadonlyMap<string, boolean>;
    /** Types whose rows are behind this release, and by which codes. */
    behind: readonly { type: string; codes: readonly string[] }[];
  }): void {
    this.#loaded = state.loaded;
    this.#behind = new Map(state.behind.map(({ type, codes }) => [type, new Set(codes)]));
  }

  /** Throws FhirError where the search goes by what is not indexed yet. */
  require(query: Pick<SearchQuery, 'type' | 'criteria'> & Partial<SearchQuery>): void {
    const { type, criteria, sort = [], includes = [] } = query;
    if (
      this.#behind.size === 0 &&
      this.#loaded.size === 0 &&
      criteria.every(isPlain) &&
      sort.length + includes.length === 0
    )
      return;
    for (const { parameter } of sort) this.#requireOne(type, parameter);
    for (const { source, parameter } of includes) this.#requireOne(source, parameter);
    for (const criterion of criteria) this.#requireCriterion(type, criterion);
  }

  #requireCriterion(type: string, criterion: Criterion): void {
    if ('chain' in criterion) {
      this.#requireOne(type, criterion.chain.parameter);
      for (const target of criterion.chain.targets) this.#requireCriterion(target.type, target.criterion);
    } else if ('has' in criterion) {
      this.#requireOne(criterion.has.type, criterion.has.parameter);
      this.#requireCriterion(criterion.has.type, criterion.has.criterion);
    } else {
      this.#requireOne(type, criterion.parameter);
    }
  }

  #requireOne(type: string, parameter: SearchParameter): void {
    if (this.#behind.get(type)?.has(parameter.code) === true) {
      const diagnostics = `${type}'s search parameter '${parameter.code}' is being indexed; try again later.`;
      throw FhirError.of('transient', diagnostics, { status: 503 });
    }
    if (isBuiltIn(parameter) || this.#loaded.get(parameter.url) === true) return;
    const diagnostics = `${type}'s search parameter '${parameter.code}' is not indexed here.`;
    throw FhirError.of('not-supported', diagnostics, { status: 400 });
  }
}

function isPlain(criterion: Criterion): boolean {
  return 'parameter' in criterion && isBuiltIn(criterion.parameter);
}

/** Of the release, not loaded while it runs. */
export function isBuiltIn({ url }: SearchParameter): boolean {
  return loadedSearchParameters().every(({ definition }) => definition.url !== url);
}
