import { Injectable } from '@nestjs/common';
import type { ValueSet } from 'fhir/r4';
import { type Audience, FhirError } from '#fhir';
import { FhirStore } from '#fhir-store';
import { type CodeGroup, type LoadedTerminology } from '#terminology';
import { KnownTerminology } from './known-terminology.js';

/** Which value set is asked for: one that is given, one that is stored here, or the one of a canonical. */
export interface WantedValueSet {
  given?: ValueSet | undefined;
  id?: string | undefined;
  /** With its version, where one is wanted. */
  canonical?: string | undefined;
}

export interface FoundValueSet {
  valueSet: ValueSet;
  group: CodeGroup;
  terminology: LoadedTerminology;
}

@Injectable()
export class FindValueSet {
  constructor(
    private readonly store: FhirStore,
    private readonly knownTerminology: KnownTerminology,
  ) {}

  async execute({ given, id, canonical }: WantedValueSet, reader: Audience): Promise<FoundValueSet> {
    const own = given ?? (id === undefined ? undefined : await this.#stored(id, reader));
    if (own) {
      const terminology = await this.knownTerminology.execute({ given: own }, reader);
      return found(own, terminology.group(own), terminology);
    }
    if (canonical === undefined) throw FhirError.of('required', 'The parameter url or valueSet is missing.');
    const terminology = await this.knownTerminology.execute({ canonicals: [canonical] }, reader);
    const valueSet = terminology.valueSet(canonical) ?? { resourceType: 'ValueSet', url: canonical, status: 'active' };
    return found(valueSet, terminology.group(canonical), terminology);
  }

  async #stored(id: string, reader: Audience): Promise<ValueSet> {
    const stored = await this.store.read('ValueSet', id, reader);
    if (stored && !stored.deleted) return JSON.parse(stored.content) as ValueSet;
    throw FhirError.of('not-found', 'There is no ValueSet at this address that you may see.');
  }
}

function found(valueSet: ValueSet, group: CodeGroup | undefined, terminology: LoadedTerminology): FoundValueSet {
  if (group) return { valueSet, group, terminology };
  throw FhirError.of('not-found', 'The value set of this url is not known here.');
}
