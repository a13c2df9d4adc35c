import { Injectable } from '@nestjs/common';
import type { DocumentReference } from 'fhir/r4';
import { parseJson } from '#fhir';
import { FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { oneAtATime } from '#service';
import { anyOf, pagesOf } from '../pages-of.js';
import { CorrectOutcomeSummary, type Correction } from './correct-outcome-summary.js';
import { idsOf, lockOfPerson } from './stored-summaries.js';

/** What is said of a person in every summary changed: those that tell it otherwise are replaced. */
@Injectable()
export class CorrectSummariesOfPerson {
  constructor(
    private readonly store: FhirStore,
    private readonly correctOutcomeSummary: CorrectOutcomeSummary,
  ) {}

  /** Most people have none, which one search tells. */
  async execute(patientId: string, correction: Correction, tx: Session): Promise<void> {
    await oneAtATime(lockOfPerson(patientId), tx);
    for (const requestId of await this.#referralsOf(patientId)) {
      await this.correctOutcomeSummary.execute(requestId, correction, tx);
    }
  }

  /** Also of a document that a client brought and that looks like a summary: of it there is none to correct. */
  async #referralsOf(patientId: string): Promise<string[]> {
    const criteria = [anyOf('DocumentReference', 'patient', [{ type: 'reference', value: `Patient/${patientId}` }])];
    const found = new Set<string>();
    for await (const page of pagesOf(this.store, 'DocumentReference', { criteria, size: 50 })) {
      for (const { content } of page) {
        const ids = idsOf(parseJson(content) as DocumentReference);
        if (ids) found.add(ids.requestId);
      }
    }
    return [...found].sort();
  }
}
