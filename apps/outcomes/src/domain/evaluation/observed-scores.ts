import type { Observation } from 'fhir/r4';
import { reportedItems, type EvaluatedInstrument, type InstrumentItem } from './evaluated-instrument.js';
import type { RowValue, SetAsideReason } from './response-row.js';
import type { ReadValues } from './read-values.js';
import { versionedReferenceTo } from './versioned-reference.js';

/** Scores of one response that stand in Observations, by the code of the item or total. */
export function scoresByItem(observations: readonly Observation[], instrument: EvaluatedInstrument): ReadValues {
  const values = new Map<string, RowValue>();
  const refused = new Map<string, SetAsideReason>();
  for (const item of reportedItems(instrument)) {
    const scores = observations.filter((observation) => isScore(observation, item)).flatMap(scoreOf);
    const [first] = scores;
    if (first === undefined) continue;
    if (scores.some(({ value }) => value !== first.value)) refused.set(item.code, 'sources-disagree');
    else values.set(item.code, { value: first.value, sources: scores.flatMap(({ sources }) => sources).sort() });
  }
  return { values, refused };
}

const valid: readonly string[] = ['final', 'amended', 'corrected'];

function isScore({ status, code }: Observation, item: InstrumentItem): boolean {
  const coded = (code.coding ?? []).some(
    (coding) => coding.code === item.code && (item.system === undefined || coding.system === item.system),
  );
  return coded && valid.includes(status);
}

function scoreOf(observation: Observation): { value: number; sources: string[] }[] {
  const value = observation.valueInteger ?? observation.valueQuantity?.value;
  const source = versionedReferenceTo(observation);
  return value === undefined || source === undefined ? [] : [{ value, sources: [source] }];
}
