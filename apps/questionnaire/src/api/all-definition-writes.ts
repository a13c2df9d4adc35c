import { Injectable } from '@nestjs/common';
import type { ResourceWrites } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { loadProgramme, programmeNames } from '#programmes';
import { DefinitionWrites } from '#service';

/** Questionnaires and terminology: those of a programme are its own, and nobody's to replace. */
@Injectable()
export class AllDefinitionWrites {
  readonly each: readonly ResourceWrites[];

  constructor(store: FhirStore) {
    const canonicals = programmeCanonicals();
    const types = ['Questionnaire', 'ValueSet', 'CodeSystem', 'ConceptMap'] as const;
    this.each = types.map((type) => new DefinitionWrites(type, store, canonicals));
  }
}

function programmeCanonicals(): Set<string> {
  const brought = programmeNames().flatMap((name) => {
    const { questionnaires, codeSystems } = loadProgramme(name);
    return [...questionnaires, ...codeSystems];
  });
  return new Set(brought.flatMap(({ url }) => url ?? []));
}
