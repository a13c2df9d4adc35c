import { tooCostly } from './refusal.js';

/** What one search may cost before it is asked; each is refused as too costly, in lenient handling too. */
export interface SearchLimits {
  parameters: number;
  /** Values between commas, of all parameters together. */
  values: number;
  /** Characters of one parameter's value. */
  valueLength: number;
  /** Steps of a chain, `_has` among them. */
  depth: number;
  /** Criteria that chains without types come to. */
  branches: number;
  /** Values that bare ids and chains without types come to. */
  spelledValues: number;
  /** `_include` and `_revinclude` as they are written. */
  includes: number;
  /** References that includes with `*` come to. */
  spelledIncludes: number;
  sortKeys: number;
  /** Parameters that are not understood, in lenient handling too: to name the nearest known one takes its time. */
  faults: number;
}

export const usualLimits: SearchLimits = {
  parameters: 100,
  values: 200,
  valueLength: 10_000,
  depth: 5,
  branches: 300,
  spelledValues: 2000,
  includes: 20,
  spelledIncludes: 300,
  sortKeys: 5,
  faults: 20,
};

/** Counts what one search comes to while it is read. */
export class Budget {
  #branches = 0;
  #values = 0;

  constructor(readonly limits: SearchLimits) {}

  spendBranch(): void {
    if (++this.#branches > this.limits.branches)
      throw tooCostly('The chains of this search lead to too many types; name each type, as in subject:Patient.name.');
  }

  spendValues(count: number): void {
    this.#values += count;
    if (this.#values > this.limits.spelledValues)
      throw tooCostly('This search has too many ids without a type; write Type/id, or the type as a modifier.');
  }
}
