import { Injectable } from '@nestjs/common';
import type { Bundle, FhirResource } from 'fhir/r4';
import { type Audience, FhirError, isFault, organisationsOf, securityOf, stringifyJson } from '#fhir';
import { type Act, FhirStore, type Write } from '#fhir-store';
import { createValidator } from '#fhir-validation';
import type { Session } from '#postgres';
import { Platform, provenanceWrite } from '#service';
import { outcomePdf } from '../../domain/outcome-pdf/outcome-pdf.js';
import { pdfLetter } from '../../domain/outcome-pdf/pdf-blocks.js';
import { inputFromRecord } from '../../domain/outcome-summary/input-from-record.js';
import { outcomeSummary } from '../../domain/outcome-summary/outcome-summary.js';
import { compositionIn, saysTheSame } from '../../domain/outcome-summary/says-the-same.js';
import { isSameStage, type Stage } from '../../domain/outcome-summary/stage.js';
import type { OutcomeSummaryInput, Replaced } from '../../domain/outcome-summary/summary-input.js';
import { summaryResources, superseded } from '../../domain/outcome-summary/summary-resources.js';
import type { GatheredRecord } from '../gather-record.js';
import { Programmes } from '../programmes.js';
import { StoredSummaries, type StoredSummary } from './stored-summaries.js';
import { SummaryFollowUp } from './summary-follow-up.js';

export interface Occasion {
  act: Act;
  /** When it happened, as a FHIR instant: a second delivery makes the same document. */
  at: string;
}

export interface SummaryToWrite {
  gathered: GatheredRecord;
  occasion: Occasion;
  stage: Stage;
  /** The one whose place it takes. */
  latest: StoredSummary | undefined;
  /** What alone may make another one in its place; anything unless told. */
  about?: 'Patient' | 'Goal' | undefined;
}

/** Stores a summary and its page, valid by R4 and by their profile, and says of the one before that it is replaced. */
@Injectable()
export class WriteSummary {
  readonly #validator = createValidator();

  constructor(
    private readonly store: FhirStore,
    private readonly summaries: StoredSummaries,
    private readonly programmes: Programmes,
    private readonly follow: SummaryFollowUp,
    private readonly platform: Platform,
  ) {}

  /** Writes nothing where the latest one says the same already. */
  async execute(wanted: SummaryToWrite, tx: Session): Promise<void> {
    const input = await this.#newWords(wanted, tx);
    if (!input) return;
    const document = outcomeSummary(input);
    this.#refuseInvalid(document);
    const { latest, stage, occasion, gathered } = wanted;
    const at = new Date(occasion.at);
    const pdf = await outcomePdf(pdfLetter(input, document), { author: input.author.name ?? 'Ginnel', at });
    const { extension, due } = await this.follow.execute({ gathered, stage, at }, tx);
    const number = (latest?.number ?? 0) + 1;
    const previous = latest?.reference;
    const { referral } = gathered.record;
    const made = summaryResources(document, { referral, number, previous, pdf, extension });
    await this.#commit(made, wanted, tx);
    await this.follow.note(made.documentReference, { due, replaced: previous }, tx);
  }

  /** Undefined where they would be those of the latest one. */
  async #newWords(wanted: SummaryToWrite, tx: Session): Promise<OutcomeSummaryInput | undefined> {
    const { latest, stage, about } = wanted;
    const input = this.#input(wanted);
    if (!latest) return input;
    const [before, now] = [await this.summaries.document(latest, tx), outcomeSummary(input)];
    const isSame = saysTheSame(before, now, { at: input.at, about });
    if (latest.reference.status === 'current' && isSame) return undefined;
    return { ...input, replaces: replacedBy(latest, { stage, isSameOutcome: sameOutcome(before, now) }) };
  }

  #input({ gathered: { record, label }, occasion: { at }, stage }: SummaryToWrite): OutcomeSummaryInput {
    const instruments = this.programmes.instrumentsOf(this.programmes.codesOf(record));
    const input = inputFromRecord(record, { baseUrl: this.platform.settings.baseUrl, at, instruments, stage });
    return { ...input, ...(label && { confidentiality: label }) };
  }

  /** A defect of ours, or of a record that another rule should have refused: it is put aside for a person, never sent. */
  #refuseInvalid(document: Bundle): void {
    const issues = this.#validator.validate(document).filter(isFault);
    if (issues.length > 0) throw new FhirError(issues);
  }

  async #commit(
    made: ReturnType<typeof summaryResources>,
    { gathered, occasion, latest }: SummaryToWrite,
    tx: Session,
  ): Promise<void> {
    const { audience, record, label } = gathered;
    const labelled = <R extends FhirResource>(resource: R): R =>
      label ? { ...resource, meta: { ...resource.meta, security: [securityOf(label)] } } : resource;
    // A Binary does not say whom it is about.
    const persons = [record.patient.id ?? ''];
    const writes: Write[] = [
      { interaction: 'create', resource: labelled(made.composition), audience },
      ...[made.binary, made.page].map((binary): Write => {
        return { interaction: 'create', resource: labelled(binary), audience, persons };
      }),
      {
        interaction: 'create',
        resource: labelled(made.documentReference),
        audience,
        event: 'outcome-summary-ready.v1',
      },
      ...(latest?.reference.status === 'current' ? [supersede(latest, audience)] : []),
    ];
    const provenance = provenanceWrite({
      writes,
      act: occasion.act,
      onBehalfOf: made.composition.author[0],
      sources: [`Task/${record.referral.id ?? ''}`],
      audience,
      now: this.platform.now(),
    });
    await this.store.commit([...writes, provenance], occasion.act, tx);
  }
}

/** Said to those who see the new one too. */
function supersede({ stored, reference }: StoredSummary, readers: Audience): Write {
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

/** A correction says the same stage and outcome with other facts; otherwise the referral went on. */
function replacedBy(
  { reference, stage: earlier }: StoredSummary,
  { stage, isSameOutcome }: { stage: Stage; isSameOutcome: boolean },
): Replaced {
  return {
    identifier: reference.masterIdentifier ?? {},
    date: reference.date ?? '',
    isCorrection: isSameStage(earlier, stage) && isSameOutcome,
  };
}

function sameOutcome(before: Bundle, now: Bundle): boolean {
  const eventOf = (document: Bundle) => stringifyJson(compositionIn(document).event ?? []);
  return eventOf(before) === eventOf(now);
}
