import { Injectable } from '@nestjs/common';
import type { Binary, Bundle, Composition, DocumentReference } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import type { Session } from '#postgres';
import { type Stage, stageIn } from '../../domain/outcome-summary/stage.js';
import { summaryId } from '../../domain/outcome-summary/summary-resources.js';
import type { ReferralIds } from '../gather-record.js';

export interface StoredSummary {
  /** The first, second … of its referral. */
  number: number;
  stored: Stored;
  reference: DocumentReference;
  stage: Stage;
}

/** The summaries that were made of a referral: they are numbered, and a referral has few. */
@Injectable()
export class StoredSummaries {
  constructor(private readonly store: FhirStore) {}

  /** In the order in which they were made: each took the place of the one before it. */
  async execute(requestId: string, tx: Session): Promise<StoredSummary[]> {
    const found: StoredSummary[] = [];
    for (let number = 1; ; number += 1) {
      const stored = await this.store.read('DocumentReference', summaryId(requestId, number), everyone, tx);
      if (!stored || stored.deleted) return found;
      const reference = parseJson(stored.content) as DocumentReference;
      found.push({ number, stored, reference, stage: stageIn(reference.context?.event ?? []) });
    }
  }

  async composition({ reference }: StoredSummary, tx: Session): Promise<{ stored: Stored; resource: Composition }> {
    const id = idIn(reference.content[0]?.attachment.url, 'Binary') ?? '';
    const stored = await this.store.read('Composition', id, everyone, tx);
    if (!stored) throw new Error('A summary has lost its Composition.');
    return { stored, resource: parseJson(stored.content) as Composition };
  }

  /** The document as it was made. */
  async document({ reference }: StoredSummary, tx: Session): Promise<Bundle> {
    const id = idIn(reference.content[0]?.attachment.url, 'Binary') ?? '';
    const stored = await this.store.read('Binary', id, everyone, tx);
    if (!stored) throw new Error('A summary has lost its document.');
    const { data = '' } = parseJson(stored.content) as Binary;
    return parseJson(Buffer.from(data, 'base64').toString()) as Bundle;
  }
}

/** Of which referral a summary is. */
export function idsOf({ context, subject }: DocumentReference): ReferralIds | undefined {
  const related = context?.related ?? [];
  const idOf = (type: string) => related.map((reference) => idIn(reference, type)).find((id) => id !== undefined);
  const [taskId, requestId, patientId] = [idOf('Task'), idOf('ServiceRequest'), idIn(subject, 'Patient')];
  return taskId === undefined || requestId === undefined || patientId === undefined
    ? undefined
    : { taskId, requestId, patientId };
}

/** Until this transaction ends nobody else makes or corrects this referral's summary. */
export function lockOf(requestId: string): string {
  return `outcome-summary ServiceRequest/${requestId}`;
}

/** Taken after the one of a referral where both are: until this transaction ends nobody looks for the summaries of this person. */
export function lockOfPerson(patientId: string): string {
  return `outcome-summaries Patient/${patientId}`;
}
