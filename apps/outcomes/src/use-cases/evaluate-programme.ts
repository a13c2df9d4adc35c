import { Injectable } from '@nestjs/common';
import { type Audience, error, FhirError } from '#fhir';
import { FhirStore } from '#fhir-store';
import type { Evaluation, EvaluationPeriod } from '../domain/evaluation/evaluation.js';
import { evaluate } from '../domain/evaluation/evaluate.js';
import { Programmes } from './programmes.js';
import { ProgrammeRows } from './programme-rows.js';

export interface EvaluationWish {
  measureId: string;
  /** By default the first that the programme asks before and after. */
  instrument?: string | undefined;
  period: EvaluationPeriod;
  cutOff: string;
}

/**
 * Evaluates a programme from everybody's answers. The reader sees counts and, as evidence, the references of records: who may
 * read the records themselves is decided where they are read.
 */
@Injectable()
export class EvaluateProgramme {
  constructor(
    private readonly store: FhirStore,
    private readonly programmes: Programmes,
    private readonly programmeRows: ProgrammeRows,
  ) {}

  async execute(
    { measureId, instrument: wanted, period, cutOff }: EvaluationWish,
    reader: Audience,
  ): Promise<Evaluation> {
    const stored = await this.store.read('Measure', measureId, reader);
    const measured = stored && !stored.deleted ? this.programmes.measuredBy(measureId) : undefined;
    if (!measured) throw FhirError.of('not-found', 'There is no Measure at this address that this server evaluates.');
    const { programme, instruments } = measured;
    const instrument = wanted === undefined ? instruments[0] : instruments.find(({ code }) => code === wanted);
    if (!instrument) {
      const known = instruments.map(({ code }) => code).join(', ');
      throw new FhirError([error('value', `This programme compares ${known}; name one of them.`, 'instrument')]);
    }
    const { rows, setAside } = await this.programmeRows.execute(programme.code, instrument);
    return evaluate({ mode: 'controlled', programme, instrument, period, cutOff, rows, setAside });
  }
}
