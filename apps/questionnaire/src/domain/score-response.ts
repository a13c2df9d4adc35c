import type { Coding, Questionnaire, QuestionnaireResponse } from 'fhir/r4';
import type { Scoring, Total } from '#programmes';
import { type ItemReading, readAnswers, type Reading, type ScoreReason } from './item-readings.js';

/** A total, or why there is none. answered + missing + notApplicable + unreadable is always `expected`. */
export interface Score {
  code: Coding;
  value: number | undefined;
  answered: number;
  expected: number;
  /** Items without an answer. */
  missing: readonly string[];
  /** Items answered "not applicable": neither missing nor 0. A total over them would have another range, so none is made. */
  notApplicable: readonly string[];
  /** Items whose answer cannot be taken: given twice, not among the options, of another weight. */
  unreadable: readonly string[];
  /** Present exactly where `value` is undefined. */
  reason?: ScoreReason;
}

/**
 * The totals of a response. A total is the sum of all its items or it is undefined, with the reason: never the sum of those
 * that could be read. What is asked first of a response is whether it validates; this does not rely on it.
 */
export function scoreResponse(
  response: QuestionnaireResponse,
  questionnaire: Questionnaire,
  scoring: Scoring,
): Score[] {
  const reading = readAnswers(response, { questionnaire, scoring });
  return scoring.totals.map((total) => scoreOf(total, reading));
}

function scoreOf(total: Total, { fault, itemOf }: Reading): Score {
  const readings = total.items.map(itemOf);
  const linkIds = (state: ItemReading['state']) =>
    readings.filter((reading) => reading.state === state).map(({ linkId }) => linkId);
  const result = fault ?? sumOf(readings, total);
  return {
    code: total.code,
    ...{ answered: linkIds('answered').length, expected: readings.length },
    ...{ missing: linkIds('missing'), notApplicable: linkIds('not-applicable'), unreadable: linkIds('unreadable') },
    ...(typeof result === 'number' ? { value: result } : { value: undefined, reason: result }),
  };
}

function sumOf(readings: readonly ItemReading[], { minimum, maximum }: Total): number | ScoreReason {
  const weights: number[] = [];
  for (const reading of readings.toSorted((a, b) => severity(a) - severity(b))) {
    if (reading.state === 'unreadable') return reading.reason;
    if (reading.state === 'missing') return 'missing-answers';
    if (reading.state === 'not-applicable') return 'not-applicable';
    if (reading.weight === undefined) return 'unweighted-answer';
    weights.push(reading.weight);
  }
  // weights may be decimals, whose binary sum has digits that nobody wrote
  const sum = Math.round(weights.reduce((a, b) => a + b, 0) * 1e6) / 1e6;
  return sum < minimum || sum > maximum ? 'out-of-range' : sum;
}

/** What is wrong is told before what is missing. */
function severity({ state }: ItemReading): number {
  return ['unreadable', 'missing', 'not-applicable', 'answered'].indexOf(state);
}
