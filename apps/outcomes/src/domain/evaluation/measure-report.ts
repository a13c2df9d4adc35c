import type { CodeableConcept, MeasureReport, MeasureReportGroup, MeasureReportGroupPopulation } from 'fhir/r4';
import type { Count, Evaluation, ItemResult } from './evaluation.js';
import type { Direction, InstrumentItem } from './evaluated-instrument.js';

/** The evaluation as a MeasureReport: a view of its numbers, one group per item. https://hl7.org/fhir/R4/measurereport.html */
export function measureReportOf(evaluation: Evaluation): MeasureReport {
  const { programme, period, results, people } = evaluation;
  const notation = improvementNotation(results.map(({ item }) => item.direction));
  return {
    resourceType: 'MeasureReport',
    status: 'complete',
    type: 'summary',
    measure: programme.measure,
    date: evaluation.cutOff,
    period: { start: period.start, end: period.end },
    ...(notation && { improvementNotation: notation }),
    group: results.map(groupOf),
    ...(people.evidence.length > 0 && { evaluatedResource: people.evidence.map((reference) => ({ reference })) }),
  };
}

function groupOf(result: ItemResult): MeasureReportGroup {
  const { item, n, improved, same, worse, missing, change } = result;
  return {
    code: codeOf(item),
    population: [
      { code: measurePopulation('initial-population', 'Initial Population'), count: n.denominator },
      { code: measurePopulation('measure-population', 'Measure Population'), count: n.value },
      { code: measurePopulation('measure-population-exclusion', 'Measure Population Exclusion'), count: missing.value },
      ownPopulation('improved', 'Improved', improved),
      ownPopulation('same', 'No change', same),
      ownPopulation('worse', 'Worse', worse),
    ],
    ...(change.mean !== undefined && { measureScore: { value: change.mean, unit: 'mean change in points' } }),
  };
}

function codeOf({ system, code, label }: InstrumentItem): CodeableConcept {
  return { coding: [{ ...(system !== undefined && { system }), code, display: label }], text: label };
}

function measurePopulation(code: string, display: string): CodeableConcept {
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-population', code, display }] };
}

function ownPopulation(code: string, display: string, { value }: Count): MeasureReportGroupPopulation {
  return {
    code: { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/evaluation-population', code, display }] },
    count: value,
  };
}

/** One notation speaks for the whole report, so it is given only where all items run the same way. */
function improvementNotation(directions: readonly Direction[]): CodeableConcept | undefined {
  const [first, ...others] = new Set(directions);
  if (first === undefined || others.length > 0) return undefined;
  const code = first === 'higher-is-better' ? 'increase' : 'decrease';
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-improvement-notation', code }] };
}
