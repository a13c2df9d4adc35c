import { Injectable } from '@nestjs/common';
import type { ResourceWrites } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { loadProgramme, programmeNames } from '#programmes';
import { DefinitionWrites, OwnersRecords, Referrers } from '#service';
import { AttachedContent } from '../use-cases/attached-content.js';
import { RecordAudience } from '../use-cases/record-audience.js';
import { recordTypes, RecordWrites } from './record.writes.js';

/** One for each type of this service: documents and reports, and the definitions behind them. */
@Injectable()
export class AllOutcomesWrites {
  readonly each: readonly ResourceWrites[];

  constructor(store: FhirStore, owners: OwnersRecords, audience: RecordAudience) {
    const rules = { audience, attached: new AttachedContent(store), referrers: new Referrers(store, owners) };
    const canonicals = new Set(
      programmeNames().flatMap((name) => loadProgramme(name).measures.flatMap(({ url }) => url ?? [])),
    );
    this.each = [
      ...recordTypes.map((type) => new RecordWrites(type, store, rules)),
      new DefinitionWrites('Measure', store, canonicals),
      new DefinitionWrites('Library', store, canonicals),
    ];
  }
}
