/** What an evaluation must know of a questionnaire: its items, their range and which way is better. Data, never wording. */
export interface Instrument {
  /** Such as `msk-hq`. */
  code: string;
  title: string;
  /** The versions of the form that may be paired with each other, item by item. */
  forms: readonly InstrumentForm[];
  /** Every scored item, in the order of the form; each of them is reported. */
  items: readonly InstrumentItem[];
  /** The sum of all items; absent where the owner of the instrument defines none (ONS4). */
  total?: InstrumentItem;
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
}

/** A minimal important change. It belongs to a population and a source, and both are printed wherever it is used. */
export interface ImportantChange {
  /** Code of the item or total that it speaks of. */
  item: string;
  /** Points in the direction of improvement. */
  points: number;
  population: string;
  source: string;
  /** Why it says little of one person, such as a measurement error above it. Printed with it, always. */
  caution: string;
}

/** Points towards the better: positive is an improvement whichever way the scale runs. */
export function improvement(change: number, direction: Direction): number {
  return direction === 'higher-is-better' ? change : -change;
}
