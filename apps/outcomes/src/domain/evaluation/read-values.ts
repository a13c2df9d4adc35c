import { reportedItems, type EvaluatedInstrument } from './evaluated-instrument.js';
import type { RowValue, SetAsideReason } from './response-row.js';

/** Values of one response by the code of the item, and those that could not be read. */
export interface ReadValues {
  values: ReadonlyMap<string, RowValue>;
  refused: ReadonlyMap<string, SetAsideReason>;
}

/** Answers and Observations of one response together. They must say the same; where they differ, neither counts. */
export function joinValues(answers: ReadValues, scores: ReadValues, instrument: EvaluatedInstrument): ReadValues {
  const values = new Map<string, RowValue>();
  const refused = new Map([...answers.refused, ...scores.refused]);
  for (const [code, answer] of answers.values) {
    const score = scores.values.get(code);
    if (score !== undefined && score.value !== answer.value) refused.set(code, 'sources-disagree');
  }
  for (const { code } of reportedItems(instrument).filter((item) => !refused.has(item.code))) {
    const value = scores.values.get(code) ?? answers.values.get(code);
    if (value !== undefined) values.set(code, value);
  }
  return { values, refused };
}
