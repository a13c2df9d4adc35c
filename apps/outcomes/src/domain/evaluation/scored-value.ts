import type { MissingReason } from './evaluation.js';
import type { Instrument, InstrumentItem } from './instrument.js';
import type { ResponseRow, RowValue, SetAside } from './response-row.js';

/** Reads one item, or the total, of a row: the value with its sources, or why there is none. */
export type Scorer = (row: ResponseRow) => RowValue | MissingReason;

export function itemScorer(item: InstrumentItem, instrument: Instrument): Scorer {
  const asked = new Set(
    instrument.forms
      .filter(({ questions }) => questions.some((question) => question.item === item.code))
      .map(({ canonical }) => canonical),
  );
  return (row) => {
    const answer = row.items.get(item.code);
    if (!asked.has(row.form)) return 'item-not-on-form';
    if (answer === undefined) return 'item-unanswered';
    return inRange(answer.value, item) ? answer : 'value-refused';
  };
}

/** The sum of all items. One missing item and there is no total: a score is never silently short. */
export function totalScorer(total: InstrumentItem, instrument: Instrument): Scorer {
  const scorers = instrument.items.map((item) => itemScorer(item, instrument));
  return (row) => {
    if (row.items.size === 0 && row.total !== undefined) {
      return inRange(row.total.value, total) ? row.total : 'value-refused';
    }
    const values = scorers.map((score) => score(row));
    const known = values.filter((value) => typeof value !== 'string');
    if (known.length < values.length) return values.find((value) => typeof value === 'string') ?? 'item-unanswered';
    const value = known.reduce((sum, item) => sum + item.value, 0);
    if (!inRange(value, total) || (row.total !== undefined && row.total.value !== value)) return 'value-refused';
    return { value, sources: [...known, ...(row.total ? [row.total] : [])].flatMap(({ sources }) => sources ?? []) };
  };
}

/** The values of a row that cannot be counted, by item. */
export function refusedValues(row: ResponseRow, instrument: Instrument): SetAside[] {
  const refused: SetAside[] = instrument.items.flatMap((item) => {
    const answer = row.items.get(item.code);
    if (answer === undefined || inRange(answer.value, item)) return [];
    return [{ source: row.source, reason: 'value-outside-range', item: item.code }];
  });
  return [...refused, ...refusedTotal(row, instrument)];
}

function refusedTotal(row: ResponseRow, instrument: Instrument): SetAside[] {
  const { total } = instrument;
  if (total === undefined || row.total === undefined) return [];
  const aside = (reason: SetAside['reason']): SetAside[] => [{ source: row.source, reason, item: total.code }];
  if (!inRange(row.total.value, total)) return aside('value-outside-range');
  if (row.items.size === 0) return [];
  const answers = instrument.items.map((item) => row.items.get(item.code)?.value);
  if (answers.includes(undefined)) return aside('total-without-all-items');
  const sum = answers.reduce<number>((soFar, value) => soFar + (value ?? 0), 0);
  return sum === row.total.value ? [] : aside('total-is-not-the-sum');
}

function inRange(value: number, { min, max }: InstrumentItem): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
