import { Injectable } from '@nestjs/common';
import type { Bundle, Composition, DocumentReference, FhirResource } from 'fhir/r4';
import { type Audience, everyone, idIn, organisationsOf, parseJson, securityOf } from '#fhir';
import { type Act, FhirStore, type Stored, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform, provenanceWrite } from '#service';
import { inputFromRecord, programmesOfRecord } from '../domain/outcome-summary/input-from-record.js';
import { outcomeSummary } from '../domain/outcome-summary/outcome-summary.js';
import { summaryId, summaryResources, superseded } from '../domain/outcome-summary/summary-resources.js';
import { type GatheredRecord, GatherRecord, type ReferralIds } from './gather-record.js';
import { Programmes } from './programmes.js';

export interface Occasion {
  act: Act;
  /** When it happened, as a FHIR instant: a second delivery makes the same document. */
  at: string;
}

/** Makes the outcome summary of a completed referral once, and another in its place when the answers behind it change. */
@Injectable()
export class MakeOutcomeSummary {
  constructor(
    private readonly store: FhirStore,
    private readonly gatherRecord: GatherRecord,
    private readonly programmes: Programmes,
    private readonly platform: Platform,
  ) {}

  async execute(referral: ReferralIds, occasion: Occasion, tx: Session): Promise<void> {
    await oneAtATime(referral.requestId, tx);
    if (await this.#latest(referral.requestId, tx)) return;
    const gathered = await this.gatherRecord.execute(referral);
    const document = this.#document(gathered, occasion);
    await this.#commit(document, { gathered, occasion, latest: undefined }, tx);
  }

  /** Where there is no summary yet, the answers will stand in the first one. */
  async correct(requestId: string, occasion: Occasion, tx: Session): Promise<void> {
    await oneAtATime(requestId, tx);
    const latest = await this.#latest(requestId, tx);
    const referral = latest && idsOf(latest.reference);
    if (!latest || !referral) return;
    const gathered = await this.gatherRecord.execute(referral);
    const before = latest.composition.relatesTo?.[0]?.targetIdentifier;
    // A document's id is made of its parts: with the same parts nothing has changed, and there is nothing to correct.
    if (this.#document(gathered, occasion, before).id === latest.composition.id) return;
    const document = this.#document(gathered, occasion, latest.reference.masterIdentifier);
    await this.#commit(document, { gathered, occasion, latest }, tx);
  }

  #document({ record }: GatheredRecord, { at }: Occasion, replaces?: Bundle['identifier']): Bundle {
    const instruments = this.programmes.instrumentsOf(programmesOfRecord(record));
    const { baseUrl } = this.platform.settings;
    return outcomeSummary(inputFromRecord(record, { baseUrl, at, instruments, replaces }));
  }

  async #commit(
    document: Bundle,
    { gathered, occasion, latest }: { gathered: GatheredRecord; occasion: Occasion; latest: Latest | undefined },
    tx: Session,
  ): Promise<void> {
    const { audience, record, label } = gathered;
    const number = (latest?.number ?? 0) + 1;
    const { referral } = record;
    const made = summaryResources(document, { referral, number, previous: latest?.reference });
    const labelled = <R extends FhirResource>(resource: R): R =>
      label ? { ...resource, meta: { ...resource.meta, security: [securityOf(label)] } } : resource;
    const writes: Write[] = [
      { interaction: 'create', resource: labelled(made.composition), audience },
      // A Binary does not say whom it is about.
      { interaction: 'create', resource: labelled(made.binary), audience, persons: [record.patient.id ?? ''] },
      {
        interaction: 'create',
        resource: labelled(made.documentReference),
        audience,
        event: 'outcome-summary-ready.v1',
      },
      ...(latest ? [supersede(latest, audience)] : []),
    ];
    const provenance = provenanceWrite({
      writes,
      act: occasion.act,
      onBehalfOf: made.composition.author[0],
      sources: [`Task/${referral.id ?? ''}`],
      audience,
      now: this.platform.now(),
    });
    await this.store.commit([...writes, provenance], occasion.act, tx);
  }

  /** The newest summary of a referral: they are numbered, and a referral has few. */
  async #latest(requestId: string, tx: Session): Promise<Latest | undefined> {
    let latest: Omit<Latest, 'composition'> | undefined;
    for (let number = 1; ; number += 1) {
      const stored = await this.store.read('DocumentReference', summaryId(requestId, number), everyone, tx);
      if (!stored || stored.deleted) break;
      latest = { number, stored, reference: parseJson(stored.content) as DocumentReference };
    }
    if (!latest) return undefined;
    const id = idIn(latest.reference.content[0]?.attachment.url, 'Binary') ?? '';
    const composition = await this.store.read('Composition', id, everyone, tx);
    if (!composition) throw new Error('A summary has lost its Composition.');
    return { ...latest, composition: parseJson(composition.content) as Composition };
  }
}

interface Latest {
  number: number;
  stored: Stored;
  reference: DocumentReference;
  composition: Composition;
}

/** Said to those who see the new one too. */
function supersede({ stored, reference }: Latest, readers: Audience): Write {
  const { version } = stored;
  const audience = organisationsOf(stored.audience).filter((organisation) => readers.includes(organisation));
  return {
    interaction: 'update',
    resource: superseded(reference),
    audience,
    version,
    event: 'outcome-summary-superseded.v1',
  };
}

function idsOf({ context, subject }: DocumentReference): ReferralIds | undefined {
  const related = context?.related ?? [];
  const idOf = (type: string) => related.map((reference) => idIn(reference, type)).find((id) => id !== undefined);
  const [taskId, requestId, patientId] = [idOf('Task'), idOf('ServiceRequest'), idIn(subject, 'Patient')];
  return taskId === undefined || requestId === undefined || patientId === undefined
    ? undefined
    : { taskId, requestId, patientId };
}

/**
 * Until this transaction ends nobody else makes or corrects this referral's summary. Without it answers could come in after the
 * owners were asked and before the summary is there to be corrected, and would stand in none.
 */
async function oneAtATime(requestId: string, tx: Session): Promise<void> {
  await tx.query({
    text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
    values: [`outcome-summary ServiceRequest/${requestId}`],
  });
}
