import { Injectable } from '@nestjs/common';
import type { ResourceWrites } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { loadProgramme, programmeNames } from '#programmes';
import { DefinitionWrites, OwnersRecords, Referrers } from '#service';
import { ClaimIdentifiers } from '../use-cases/claim-identifiers.js';
import { KeepCapacity } from '../use-cases/keep-capacity.js';
import { directoryTypes, ManagingOrganisation } from '../use-cases/managing-organisation.js';
import { DirectoryWrites } from './directory.writes.js';
import { PractitionerWrites } from './practitioner.writes.js';

/** One for each type of the directory: entries by the same rules, a person by his employer, definitions by their makers. */
@Injectable()
export class AllDirectoryWrites {
  readonly each: readonly ResourceWrites[];

  constructor(
    managingOrganisation: ManagingOrganisation,
    claimIdentifiers: ClaimIdentifiers,
    keepCapacity: KeepCapacity,
    store: FhirStore,
    owners: OwnersRecords,
  ) {
    const referrers = new Referrers(store, owners);
    const rules = { managingOrganisation, claimIdentifiers, keepCapacity, referrers };
    const canonicals = planCanonicals();
    this.each = [
      ...directoryTypes
        .filter((type) => !definitions.includes(type) && type !== 'Practitioner')
        .map((type) => new DirectoryWrites(type, rules)),
      new PractitionerWrites(store, referrers),
      new DefinitionWrites('PlanDefinition', store, canonicals),
      new DefinitionWrites('ActivityDefinition', store, canonicals),
    ];
  }
}

const definitions: readonly string[] = ['PlanDefinition', 'ActivityDefinition'];

function planCanonicals(): Set<string> {
  return new Set(programmeNames().flatMap((name) => loadProgramme(name).planDefinition?.url ?? []));
}
