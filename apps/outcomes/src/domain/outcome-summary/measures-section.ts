import type { CompositionSection, Observation } from 'fhir/r4';
import { referenceTo } from '#fhir';
import { improvement, type ImportantChange, type InstrumentItem } from '../evaluation/evaluated-instrument.js';
import { day, narrative, paragraph, table } from './narrative.js';
import { emptySection, standardHeading } from './section.js';
import type { Measure, OutcomeSummaryInput } from './summary-input.js';

/** Scores before and after, what change mattered to whom, and what must not be read into one person's change. */
export function measuresSection({ measures }: OutcomeSummaryInput): CompositionSection {
  const [title, code] = ['Measures before and after', standardHeading('assessment-scales')];
  if (measures.length === 0) {
    return emptySection(title, code, narrative('generated', paragraph('No measure was asked for.')));
  }
  const header = ['Measure', 'Before', 'After', 'Change', 'Change that mattered in studies', 'Caution'];
  const text = narrative('generated', table(header, measures.map(measureRow)));
  const entry = scoresOf(measures).map(referenceTo);
  return { title, code, text, ...(entry.length > 0 && { entry }) };
}

/** The Observations that hold a score of the table, in its order. */
export function scoresOf(measures: readonly Measure[]): Observation[] {
  return measures
    .flatMap(({ before, after }) => [before, after].filter((score) => valueOf(score) !== undefined))
    .flatMap((score) => score ?? []);
}

function measureRow(one: Measure): string[] {
  const { measure, before, after, change, important, caution } = measureCells(one);
  return [measure, before, after, change, important === '' ? 'none published' : important, caution];
}

/** One measure in words; `important` and `caution` are empty where nothing is published. */
export function measureCells({ item, before, after, importantChanges }: Measure) {
  const cautions = new Set(importantChanges.map(({ caution }) => caution).filter((caution) => caution !== ''));
  return {
    label: item.label,
    measure: `${item.label} (${String(item.min)} to ${String(item.max)}, ${directionText(item)})`,
    before: scoreText(before),
    after: scoreText(after),
    change: changeText(item, valueOf(before), valueOf(after)),
    important: importantChanges.map(importantText).join('; '),
    caution: [...cautions].join(' '),
  };
}

function directionText({ direction }: InstrumentItem): string {
  return direction === 'higher-is-better' ? 'higher is better' : 'lower is better';
}

function scoreText(score: Observation | undefined): string {
  const value = valueOf(score);
  return value === undefined ? 'missing' : `${String(value)} (${day(score?.effectiveDateTime)})`;
}

function changeText({ direction }: InstrumentItem, before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined) return 'not known: a score is missing';
  // Differences of decimals are not exact; no instrument counts in millionths.
  const change = Math.round((after - before) * 1e6) / 1e6;
  const better = improvement(change, direction);
  const word = better > 0 ? 'better' : better < 0 ? 'worse' : 'no change';
  return `${change > 0 ? '+' : ''}${String(change)} (${word})`;
}

function importantText({ points, upTo, population, source, evidence }: ImportantChange): string {
  const span = upTo === undefined ? String(points) : `${String(points)} to ${String(upTo)}`;
  return `${span} points: ${population} (${source}${evidence === 'secondary' ? ', as quoted by others' : ''})`;
}

/** A score that was not made or was withdrawn is missing. */
export function valueOf(score: Observation | undefined): number | undefined {
  if (score === undefined || !['final', 'amended', 'corrected'].includes(score.status)) return undefined;
  return score.valueInteger ?? score.valueQuantity?.value;
}
