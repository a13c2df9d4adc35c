import { Injectable } from '@nestjs/common';
import { instrumentsAt, loadProgramme, type Milestone, type Programme, programmeNames } from '#programmes';
import type { EvaluatedInstrument } from '../domain/evaluation/evaluated-instrument.js';
import type { Programme as EvaluatedProgramme } from '../domain/evaluation/evaluation.js';
import { evaluatedInstrumentOf } from '../domain/evaluation/instrument-of.js';

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
