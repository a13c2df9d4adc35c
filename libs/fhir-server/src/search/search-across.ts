import type { Audience, ServiceName } from '#fhir';
import type { Criterion, Include, SearchParameter } from '#fhir-search';
import type { IncludedPage } from '#fhir-store';

/** Most resources of another service that one step of a chain may go through. */
export const chainedAtMost = 2000;

/** A criterion that another service's resources of this type meet or not. */
export interface AskedCriterion {
  type: string;
  criterion: Criterion;
  /** Asked are then the ids of this type to which such resources point. */
  pointing?: { parameter: SearchParameter; to: string };
}

/** Asks services of other processes, each once for a whole step. One that does not answer fails the search: no silent gaps. */
export interface SearchAcross {
  /** Ids of what meets each criterion and may be seen, in the same order. */
  idsOf: (owner: ServiceName, asked: readonly AskedCriterion[], reader: Audience) => Promise<string[][]>;
  /** What its resources bring to these references. */
  include: (
    owner: ServiceName,
    asked: { includes: readonly Include[]; references: readonly string[] },
    reader: Audience,
  ) => Promise<IncludedPage>;
}
