import { error, type Issue } from '#fhir';
import { endOf, instantOf } from './calendar.js';
import type { EvaluationInput } from './evaluation.js';
import { reportedItems, type EvaluatedInstrument, type InstrumentItem } from './evaluated-instrument.js';

/** What an evaluation needs before it can mean anything. */
export function evaluationInputRule({ instrument, period, cutOff }: EvaluationInput): Issue[] {
  return [...periodIssues(period.start, period.end, cutOff), ...instrumentIssues(instrument)];
}

function periodIssues(start: string, end: string, cutOff: string): Issue[] {
  const from = instantOf(start);
  const to = endOf(end);
  const issues: Issue[] = [];
  if (from === undefined) issues.push(error('value', 'The period needs a first day, YYYY-MM-DD.', 'period.start'));
  if (to === undefined) issues.push(error('value', 'The period needs a last day, YYYY-MM-DD.', 'period.end'));
  if (from !== undefined && to !== undefined && from >= to) {
    issues.push(error('value', 'The period ends before it starts.', 'period'));
  }
  if (endOf(cutOff) === undefined) {
    issues.push(error('value', 'The cut-off is a day, YYYY-MM-DD, or an instant with its offset.', 'cutOff'));
  }
  return issues;
}

function instrumentIssues(instrument: EvaluatedInstrument): Issue[] {
  const reported = reportedItems(instrument);
  const codes = reported.map(({ code }) => code);
  const issues = reported.flatMap(rangeIssues);
  if (instrument.items.length === 0) {
    issues.push(error('required', 'The instrument has no items.', 'instrument.items'));
  }
  for (const code of codes.filter((code, index) => codes.indexOf(code) !== index)) {
    issues.push(error('duplicate', `Two items of the instrument bear the code '${code}'.`, 'instrument.items'));
  }
  const named = [
    ...instrument.forms.flatMap(({ questions }) => questions.map(({ item }) => item)),
    ...instrument.totals.flatMap(({ items }) => items),
    ...(instrument.importantChanges ?? []).map(({ item }) => item),
  ];
  for (const code of new Set(named.filter((code) => !codes.includes(code)))) {
    issues.push(error('not-found', `No item of the instrument bears the code '${code}'.`, 'instrument'));
  }
  return issues;
}

function rangeIssues({ code, min, max }: InstrumentItem): Issue[] {
  const whole = Number.isSafeInteger(min) && Number.isSafeInteger(max) && min < max;
  return whole ? [] : [error('value', `Item '${code}' needs a range of whole points.`, 'instrument.items')];
}
