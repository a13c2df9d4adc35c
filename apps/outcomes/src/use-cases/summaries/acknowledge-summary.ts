import { Injectable } from '@nestjs/common';
import type { DocumentReference } from 'fhir/r4';
import { everyone, FhirError, idIn, parseJson } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Write } from '#fhir-store';
import { Database } from '#postgres';
import { oneAtATime, provenanceWrite } from '#service';
import { acknowledged, acknowledgementOf } from '../../domain/delivery/acknowledgement.js';
import { DueSummaries } from './due-summaries.js';

export interface Received {
  id: string;
  /** Who read it, by name or role, as the practice wants to be known. */
  by: string;
  text: string;
}

/** The practice says that a summary came and a person saw it. Nothing is filed by that. */
@Injectable()
export class AcknowledgeSummary {
  constructor(
    private readonly store: FhirStore,
    private readonly database: Database,
    private readonly due: DueSummaries,
  ) {}

  /** The summary as it stands then; a second time it stays as it was said first. */
  async execute(received: Received, request: Pick<FhirRequest, 'caller' | 'act' | 'now'>): Promise<string> {
    const { caller, act, now } = request;
    return this.database.transaction(everyone, async (tx) => {
      await oneAtATime(`acknowledge DocumentReference/${received.id}`, tx);
      // Before it is read: whoever chases it now has done so then.
      await this.due.drop(`DocumentReference/${received.id}`, tx);
      const stored = await this.store.read('DocumentReference', received.id, caller.audience, tx);
      if (!stored || stored.deleted) {
        throw FhirError.of('not-found', 'There is no DocumentReference at this address that you may see.');
      }
      const reference = parseJson(stored.content) as DocumentReference;
      const maker = await this.store.makerOf('DocumentReference', received.id);
      refuseOthers(reference, { isOurs: maker?.agent === 'outcomes', organisation: caller.organisation });
      if (acknowledgementOf(reference) === 'acknowledged') return stored.content;
      const resource = acknowledged(reference, { by: received.by, at: now, text: received.text });
      const { audience, version } = stored;
      const event = 'outcome-summary-acknowledged.v1';
      const write: Write = { interaction: 'update', resource, audience, version, event };
      const onBehalfOf = { reference: `Organization/${caller.organisation ?? ''}` };
      const provenance = provenanceWrite({ writes: [write], act, onBehalfOf, audience, now });
      const [committed] = await this.store.commit([write, provenance], act, tx);
      return committed?.content ?? '';
    });
  }
}

/** Only of a summary, whatever a document that a client brought says of itself, and only by those to whom it went. */
function refuseOthers(
  reference: DocumentReference,
  { isOurs, organisation }: { isOurs: boolean; organisation: string | undefined },
): void {
  if (!isOurs || acknowledgementOf(reference) === undefined) {
    throw FhirError.of('business-rule', 'Nobody waits for this document to be acknowledged.', { status: 422 });
  }
  const isAuthor = (reference.author ?? []).some((author) => idIn(author, 'Organization') === organisation);
  if (organisation === undefined || isAuthor) {
    throw FhirError.of('forbidden', 'A summary is acknowledged by the practice to which it went.');
  }
}
