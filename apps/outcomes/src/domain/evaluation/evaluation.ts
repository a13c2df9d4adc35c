import type { PairedChange } from '../statistics/paired-change.js';
import type { Interval } from '../statistics/wilson.js';
import type { ImportantChange, EvaluatedInstrument, InstrumentItem } from './evaluated-instrument.js';
import type { ResponseRow, SetAside } from './response-row.js';

/**
 * Who may see the result. `controlled` is exact and for those who may see the records. The released mode (small numbers
 * suppressed by a named policy) will be a second member, so that no code can take one for the other.
 */
export type EvaluationMode = 'controlled';

export interface EvaluationInput {
  mode: EvaluationMode;
  programme: Programme;
  instrument: EvaluatedInstrument;
  period: EvaluationPeriod;
  /** Date or dateTime: responses authored later are not counted, whatever the period says. */
  cutOff: string;
  rows: readonly ResponseRow[];
  /** The dated, named list of those who took part. Where it is given, those who never answered are counted as missing. */
  enrolled?: readonly Enrolment[];
  /** What could not become a row (rowsFromResponses), to be named in the result. */
  setAside?: readonly SetAside[];
}

export interface Programme {
  code: string;
  title: string;
  /** Canonical of the Measure that this evaluation answers. */
  measure: string;
}

/** First and last day, both included, as Europe/London reads the calendar. */
export interface EvaluationPeriod {
  start: string;
  end: string;
}

export interface Enrolment {
  person: string;
  /** Versioned references that show it, such as the parent Task. */
  sources: readonly string[];
}

/** One number with what stands behind it. */
export interface Count {
  value: number;
  /** Out of how many people. */
  denominator: number;
  /** How many people of the evaluation have no pair for this item. */
  missing: number;
  period: EvaluationPeriod;
  /** References of the stored records behind the number, by person, baseline before after. */
  evidence: readonly string[];
}

export interface Evaluation {
  mode: EvaluationMode;
  programme: Programme;
  instrument: { code: string; title: string; forms: readonly string[] };
  period: EvaluationPeriod;
  cutOff: string;
  timeZone: string;
  pairing: PairingRule;
  /** All people of the evaluation: the enrolled, or without such a list those with at least one counted response. */
  people: Count;
  /** People with more than one counted response at a time point; the rule says which was taken. */
  severalResponses: { baseline: Count; after: Count };
  /** Every item of the instrument, then its totals: none may be left out. */
  results: readonly ItemResult[];
  /** How many items share Holm's adjustment. */
  holmFamily: number;
  setAside: readonly SetAside[];
}

export interface PairingRule {
  baseline: 'earliest-completed';
  after: 'latest-completed';
  versions: 'same-item-code';
  statement: string;
}

export interface ItemResult {
  kind: 'item' | 'total';
  item: InstrumentItem;
  /** Pairs: people with a value before and after. */
  n: Count;
  improved: Count;
  same: Count;
  worse: Count;
  missing: Count;
  missingBecause: Readonly<Record<MissingReason, Count>>;
  /** After − before in points of the scale; `item.direction` says which sign is better. Its evidence is that of `n`. */
  change: PairedChange;
  /** Range that a change can have at all: ±(max − min). */
  changeRange: Interval;
  improvedShare95: Interval | undefined;
  signTest: SignTest | undefined;
  responders: readonly Responders[];
}

export interface SignTest {
  p: number;
  /** Adjusted over the items; a total is not one of the family. */
  pHolm: number | undefined;
}

/** People whose change reached what a named study found important. */
export interface Responders {
  important: ImportantChange;
  count: Count;
  share95: Interval | undefined;
}

/** Why somebody of the evaluation has no pair; the first that applies. */
export type MissingReason = (typeof missingReasons)[number];

export const missingReasons = [
  'no-response',
  'no-baseline',
  'no-after',
  'after-before-baseline',
  'item-not-on-form',
  'value-refused',
  'not-applicable',
  'item-unanswered',
] as const;
