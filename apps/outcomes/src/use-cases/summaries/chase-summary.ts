import { Injectable } from '@nestjs/common';
import type { DocumentReference } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform, provenanceWrite } from '#service';
import { acknowledgementOf, chased } from '../../domain/delivery/acknowledgement.js';

/** The practice did not say in time that a summary came: it is marked, and who hears the event asks a person to chase. */
@Injectable()
export class ChaseSummary {
  constructor(
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {}

  async execute(place: string, act: Act, tx: Session): Promise<void> {
    const id = idIn({ reference: place }, 'DocumentReference') ?? '';
    const stored = await this.store.read('DocumentReference', id, everyone, tx);
    if (!stored || stored.deleted) return;
    const reference = parseJson(stored.content) as DocumentReference;
    if (reference.status !== 'current' || acknowledgementOf(reference) !== 'awaited') return;
    const { version, audience } = stored;
    const event = 'outcome-summary-unacknowledged.v1';
    const write: Write = { interaction: 'update', resource: chased(reference), audience, version, event };
    const provenance = provenanceWrite({ writes: [write], act, audience, now: this.platform.now() });
    await this.store.commit([write, provenance], act, tx);
  }
}
