/** What an evaluation must know of a questionnaire: its items, their range and which way is better. Data, never wording. */
export interface EvaluatedInstrument {
  /** Such as `msk-hq`. */
  code: string;
  title: string;
  /** The versions of the form that may be paired with each other, item by item. */
  forms: readonly InstrumentForm[];
  /** Every scored item, in the order of the form; each of them is reported. */
  items: readonly InstrumentItem[];
  /** Sums of items; none where the owner of the instrument defines none (ONS4). */
  totals: readonly InstrumentTotal[];
  /** What change mattered to whom, by published source; never a default. */
  importantChanges?: readonly ImportantChange[];
}

export interface InstrumentItem {
  /** Stable across form versions: the same code means the same question with the same answers. */
  code: string;
  system?: string;
  label: string;
  direction: Direction;
  min: number;
  max: number;
}

/** Made only where all its items are answered: a score is never silently short. */
export interface InstrumentTotal extends InstrumentItem {
  /** Codes of the items that are added. */
  items: readonly string[];
}

export type Direction = 'higher-is-better' | 'lower-is-better';

export interface InstrumentForm {
  /** Canonical with version, `https://…/Questionnaire/msk-hq|1.0.0`, as in QuestionnaireResponse.questionnaire. */
  canonical: string;
  questions: readonly FormQuestion[];
}

export interface FormQuestion {
  linkId: string;
  /** The code of the instrument's item that this question asks. */
  item: string;
  /** Points of a coded answer, by code, where the answer does not carry its ordinal value. */
  points?: Readonly<Record<string, number>>;
  /** Codes of answers that mean "does not apply to me": neither missing nor 0. */
  notApplicable?: readonly string[];
}

/** A minimal important change. It belongs to a population and a source, and both are printed wherever it is used. */
export interface ImportantChange {
  /** Code of the item or total that it speaks of. */
  item: string;
  /** Points in the direction of improvement. */
  points: number;
  /** Where the source gives a span, its upper end; `points` is the lower, and is what is counted. */
  upTo?: number;
  population: string;
  source: string;
  /** `primary`: read in the source itself; `secondary`: as quoted by another. */
  evidence: 'primary' | 'secondary';
  /** Why it says little of one person, such as a measurement error above it. Printed with it, always. */
  caution: string;
}

/** Points towards the better: positive is an improvement whichever way the scale runs. */
export function improvement(change: number, direction: Direction): number {
  return direction === 'higher-is-better' ? change : -change;
}

/** Everything that is reported: the items in their order, then the totals. */
export function reportedItems({ items, totals }: EvaluatedInstrument): InstrumentItem[] {
  return [...items, ...totals];
}
