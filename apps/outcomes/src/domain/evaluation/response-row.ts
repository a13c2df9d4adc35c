/** One answered questionnaire as the evaluation reads it. Pseudonymous: no name, no NHS number, no free text. */
export interface ResponseRow {
  /** Whose: the id of the ServiceRequest. Baseline and after of one referral bear the same. */
  person: string;
  timePoint: TimePoint;
  /** QuestionnaireResponse.status; only completed and amended ones are counted. */
  status: string;
  /** When it was answered: a FHIR date or dateTime. */
  authored: string;
  /** QuestionnaireResponse.questionnaire, with version. */
  form: string;
  /** The versioned reference of what was stored, `QuestionnaireResponse/1/_history/2`. */
  source: string;
  /** By item code; an item without an answer is not there. */
  items: ReadonlyMap<string, RowValue>;
  /** Codes of items that were answered with "does not apply to me". */
  notApplicable?: ReadonlySet<string>;
  /** Totals as they were stored, by code. They are checked against the items, and used alone only where no item is known. */
  totals?: ReadonlyMap<string, RowValue>;
}

export type TimePoint = 'baseline' | 'after';

export interface RowValue {
  value: number;
  /** What else says so, beside the row's source: versioned references of Observations. */
  sources?: readonly string[];
}

/** A record, or one value in it, that is not counted, and why: nothing is left out silently. */
export interface SetAside {
  source: string;
  reason: SetAsideReason;
  /** The item's code where only one value is concerned. */
  item?: string;
}

export type SetAsideReason =
  // whole records
  | 'superseded-version'
  | 'not-completed'
  | 'form-of-another-instrument'
  | 'authored-not-a-day'
  | 'outside-period'
  | 'after-cut-off'
  | 'person-not-enrolled'
  | 'time-point-unknown'
  | 'person-unknown'
  | 'referral-unknown'
  | 'without-version'
  // single values
  | 'value-outside-range'
  | 'total-is-not-the-sum'
  | 'total-without-all-items'
  | 'several-answers'
  | 'answer-without-points'
  | 'sources-disagree';
