import type { EvaluatedInstrument, InstrumentItem } from '../src/domain/evaluation/evaluated-instrument.js';
import type { EvaluationInput } from '../src/domain/evaluation/evaluation.js';
import type { ResponseRow } from '../src/domain/evaluation/response-row.js';

export const form = 'https://ginnel.org.uk/fhir/Questionnaire/wellbeing|1.0.0';

/** An instrument of two items, the second of which gets better downwards. */
export function instrument(change: Partial<EvaluatedInstrument> = {}): EvaluatedInstrument {
  return {
    code: 'wellbeing',
    title: 'Wellbeing',
    forms: [{ canonical: form, questions: [question('walking'), question('pain')] }],
    items: [item('walking'), item('pain', { direction: 'lower-is-better' })],
    totals: [],
    ...change,
  };
}

export function item(code: string, change: Partial<InstrumentItem> = {}): InstrumentItem {
  return { code, label: code, direction: 'higher-is-better', min: 0, max: 4, ...change };
}

export function question(code: string) {
  return { linkId: code, item: code };
}

export function row(
  [person, timePoint]: [string, ResponseRow['timePoint']],
  items: Record<string, number>,
  change: Partial<ResponseRow> = {},
): ResponseRow {
  return {
    person,
    timePoint,
    status: 'completed',
    authored: timePoint === 'baseline' ? '2021-03-05' : '2021-07-05',
    form,
    source: `QuestionnaireResponse/${person}-${timePoint}/_history/1`,
    items: new Map(Object.entries(items).map(([code, value]) => [code, { value }])),
    ...change,
  };
}

export function input(rows: readonly ResponseRow[], change: Partial<EvaluationInput> = {}): EvaluationInput {
  return {
    mode: 'controlled',
    programme: {
      code: 'msk-connect',
      title: 'MSK Connect',
      measure: 'https://ginnel.org.uk/fhir/Measure/change|1.0.0',
    },
    instrument: instrument(),
    period: { start: '2021-03-01', end: '2021-07-31' },
    cutOff: '2021-08-31',
    rows,
    ...change,
  };
}

/** A seeded source of numbers in [0, 1), so that a property that fails can be seen again (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function shuffled<T>(values: readonly T[], next: () => number): T[] {
  return values
    .map((value) => ({ value, place: next() }))
    .sort((left, right) => left.place - right.place)
    .map(({ value }) => value);
}
