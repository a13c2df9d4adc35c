import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { instrumentsAt, loadProgramme, type Milestone, type Programme, programmeNames } from '#programmes';
import type { EvaluatedInstrument } from '../domain/evaluation/evaluated-instrument.js';
import type { Programme as EvaluatedProgramme } from '../domain/evaluation/evaluation.js';
import { evaluatedInstrumentOf } from '../domain/evaluation/instrument-of.js';
import { programmesOfRecord } from '../domain/outcome-summary/input-from-record.js';
import type { ReferralRecord } from '../domain/outcome-summary/referral-record.js';

export interface MeasuredProgramme {
  programme: EvaluatedProgramme;
  /** Those that are asked before and after, in the programme's order. */
  instruments: readonly EvaluatedInstrument[];
}

/** The programmes with what their evaluation needs, read once. */
@Injectable()
export class Programmes {
  readonly #programmes = programmeNames().map((name) => loadProgramme(name));

  /** The programme that a Measure measures. */
  measuredBy(measureId: string): MeasuredProgramme | undefined {
    for (const programme of this.#programmes) {
      const measure = programme.measures.find(({ id }) => id === measureId);
      if (!measure) continue;
      const { id: code, title } = programme.definition;
      const canonical = `${measure.url ?? ''}|${measure.version ?? ''}`;
      return { programme: { code, title, measure: canonical }, instruments: compared(programme) };
    }
    return undefined;
  }

  /** Codes of those that a referral's activities belong to, and of those whose instruments were answered for it besides. */
  codesOf(record: ReferralRecord): string[] {
    const ofActivities = programmesOfRecord(record);
    const known = this.instrumentsOf(ofActivities);
    const answered = record.responses.filter(({ status }) => status !== 'entered-in-error');
    const besides = answered.filter((response) => !known.some((instrument) => isOf(response, instrument)));
    const ofAnswers = this.#programmes.filter((programme) =>
      compared(programme).some((instrument) => besides.some((response) => isOf(response, instrument))),
    );
    return [...ofActivities, ...ofAnswers.map(({ definition }) => definition.id)];
  }

  /** When these programmes want a summary before the end of a referral; of all programmes, unless told. */
  milestonesOf(codes?: readonly string[]): Milestone[] {
    return this.#policiesOf(codes).flatMap(({ milestones }) => milestones);
  }

  /** Until when the practice is to say that a summary came: the soonest that one of these programmes wants. */
  acknowledgeWithinDays(codes: readonly string[]): number | undefined {
    const wanted = this.#policiesOf(codes).flatMap(({ acknowledgeWithinDays }) => acknowledgeWithinDays ?? []);
    return wanted.length === 0 ? undefined : Math.min(...wanted);
  }

  #policiesOf(codes: readonly string[] | undefined) {
    return this.#programmes.flatMap(({ definition: { id, summaries } }) =>
      summaries && (codes === undefined || codes.includes(id)) ? [summaries] : [],
    );
  }

  /** What these programmes ask before and after. */
  instrumentsOf(codes: readonly string[]): EvaluatedInstrument[] {
    return this.#programmes.filter(({ definition }) => codes.includes(definition.id)).flatMap(compared);
  }
}

function compared(programme: Programme): EvaluatedInstrument[] {
  const after = instrumentsAt(programme, 'after');
  return instrumentsAt(programme, 'baseline')
    .filter(({ id }) => after.some((instrument) => instrument.id === id))
    .map((instrument) => evaluatedInstrumentOf(instrument));
}

function isOf({ questionnaire }: QuestionnaireResponse, { forms }: EvaluatedInstrument): boolean {
  return forms.some(({ canonical }) => canonical === questionnaire);
}
