import { Injectable } from '@nestjs/common';
import type { CodeSystem } from 'fhir/r4';
import { type Audience, FhirError } from '#fhir';
import { FhirStore } from '#fhir-store';
import { CodeSystemIndex } from '#terminology';
import { KnownTerminology } from './known-terminology.js';

/** Which code system is asked for: one that is given, one that is stored here, or the one of a canonical. */
export interface WantedCodeSystem {
  given?: CodeSystem | undefined;
  id?: string | undefined;
  /** With its version, where one is wanted. */
  canonical?: string | undefined;
}

@Injectable()
export class FindCodeSystem {
  constructor(
    private readonly store: FhirStore,
    private readonly knownTerminology: KnownTerminology,
  ) {}

  async execute({ given, id, canonical }: WantedCodeSystem, reader: Audience): Promise<CodeSystemIndex> {
    const own = given ?? (id === undefined ? undefined : await this.#stored(id, reader));
    if (own) return new CodeSystemIndex(own);
    if (canonical === undefined) throw FhirError.of('required', 'The parameter system or url is missing.');
    const terminology = await this.knownTerminology.execute({ canonicals: [canonical] }, reader);
    const index = terminology.codeSystem(canonical);
    if (index) return index;
    throw FhirError.of('not-found', 'The code system of this url, or this version of it, is not known here.');
  }

  async #stored(id: string, reader: Audience): Promise<CodeSystem> {
    const stored = await this.store.read('CodeSystem', id, reader);
    if (stored && !stored.deleted) return JSON.parse(stored.content) as CodeSystem;
    throw FhirError.of('not-found', 'There is no CodeSystem at this address that you may see.');
  }
}
