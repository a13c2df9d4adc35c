import type { MissingReason } from './evaluation.js';
import type { EvaluatedInstrument, InstrumentItem, InstrumentTotal } from './evaluated-instrument.js';
import type { ResponseRow, RowValue, SetAside } from './response-row.js';

/** Reads one item, or a total, of a row: the value with its sources, or why there is none. */
export type Scorer = (row: ResponseRow) => RowValue | MissingReason;

export function itemScorer(item: InstrumentItem, instrument: EvaluatedInstrument): Scorer {
  const asked = new Set(
    instrument.forms
      .filter(({ questions }) => questions.some((question) => question.item === item.code))
      .map(({ canonical }) => canonical),
  );
  return (row) => {
    const answer = row.items.get(item.code);
    if (!asked.has(row.form)) return 'item-not-on-form';
    if (row.notApplicable?.has(item.code) === true) return 'not-applicable';
    if (answer === undefined) return 'item-unanswered';
    return inRangeOrRefused(answer, item);
  };
}

/** The sum of its items. One missing item and there is no total: a score is never silently short. */
export function totalScorer(total: InstrumentTotal, instrument: EvaluatedInstrument): Scorer {
  const scorers = addedItems(total, instrument).map((item) => itemScorer(item, instrument));
  return (row) => {
    const stored = row.totals?.get(total.code);
    if (row.items.size === 0 && stored !== undefined) return inRangeOrRefused(stored, total);
    const added = addUp(row, scorers);
    if (typeof added === 'string' || stored === undefined) return inRangeOrRefused(added, total);
    if (stored.value !== added.value) return 'value-refused';
    return inRangeOrRefused({ ...added, sources: [...(stored.sources ?? []), ...(added.sources ?? [])] }, total);
  };
}

function addUp(row: ResponseRow, scorers: readonly Scorer[]): RowValue | MissingReason {
  let value = 0;
  const sources: string[] = [];
  for (const score of scorers) {
    const scored = score(row);
    if (typeof scored === 'string') return scored;
    value += scored.value;
    if (scored.sources !== undefined) sources.push(...scored.sources);
  }
  return sources.length === 0 ? { value } : { value, sources };
}

function inRangeOrRefused(scored: RowValue | MissingReason, item: InstrumentItem): RowValue | MissingReason {
  return typeof scored === 'string' || inRange(scored.value, item) ? scored : 'value-refused';
}

/** The values of a row that cannot be counted, by item. */
export function refusedValues(row: ResponseRow, instrument: EvaluatedInstrument): SetAside[] {
  const items = instrument.items.flatMap((item): SetAside[] => {
    const answer = row.items.get(item.code);
    if (answer === undefined || inRange(answer.value, item)) return [];
    return [{ source: row.source, reason: 'value-outside-range', item: item.code }];
  });
  const totals = instrument.totals.flatMap((total): SetAside[] => {
    const reason = whyTotalRefused(row, total, instrument);
    return reason === undefined ? [] : [{ source: row.source, reason, item: total.code }];
  });
  return [...items, ...totals];
}

function whyTotalRefused(
  row: ResponseRow,
  total: InstrumentTotal,
  instrument: EvaluatedInstrument,
): SetAside['reason'] | undefined {
  const stored = row.totals?.get(total.code);
  if (stored === undefined) return undefined;
  if (!inRange(stored.value, total)) return 'value-outside-range';
  if (row.items.size === 0) return undefined;
  const answers = addedItems(total, instrument).map((item) => row.items.get(item.code)?.value);
  if (answers.includes(undefined)) return 'total-without-all-items';
  const sum = answers.reduce<number>((soFar, value) => soFar + (value ?? 0), 0);
  return sum === stored.value ? undefined : 'total-is-not-the-sum';
}

function addedItems({ items }: InstrumentTotal, instrument: EvaluatedInstrument): InstrumentItem[] {
  return instrument.items.filter(({ code }) => items.includes(code));
}

function inRange(value: number, { min, max }: InstrumentItem): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
