import { type Check } from './inspection.js';

/** A rule of a type or element that its structure can't say. https://hl7.org/fhir/R4/conformance-rules.html#constraints */
export interface Invariant<T = unknown> {
  key: string;
  /** `Period`, `Questionnaire.item`. */
  on: string;
  says: string;
  /** Where a value of sound structure breaks it: elements below (`entry[2].request`), or '' for itself; none where it holds. */
  brokenAt(value: T): readonly string[];
}

/** An invariant that holds or not. */
export function invariant<T>(
  key: string,
  on: string,
  rule: { says: string; holds: (value: T) => boolean },
): Invariant<T> {
  return { key, on, says: rule.says, brokenAt: (value) => (rule.holds(value) ? [] : ['']) };
}

/** An invariant that tells which elements break it. */
export function invariantAt<T>(key: string, on: string, rule: Pick<Invariant<T>, 'says' | 'brokenAt'>): Invariant<T> {
  return { key, on, ...rule };
}

/** The check of an invariant, for values of sound structure. */
export function invariantRule(invariant: Invariant): Check {
  return (value, inspection) => {
    for (const place of invariant.brokenAt(value)) {
      inspection.fault('invariant', `${invariant.says} (${invariant.key}).`, place);
    }
  };
}
