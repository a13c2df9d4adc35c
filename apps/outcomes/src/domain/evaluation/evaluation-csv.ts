import { roundedQuotient } from '../statistics/rounded-quotient.js';
import { csv, type CsvCell } from './csv.js';
import { missingReasons, type Count, type Evaluation, type ItemResult } from './evaluation.js';

/** One row per item and for the total. The columns are described in docs/evaluation.md. */
export function evaluationCsv(evaluation: Evaluation): string {
  const rows = evaluation.results.map((result) => columns.map(([, read]) => read(result, evaluation)));
  return csv(
    columns.map(([name]) => name),
    rows,
  );
}

/** One row per count, with the stored records behind it: how a number of the other table is looked up. */
export function evaluationEvidenceCsv(evaluation: Evaluation): string {
  const whole = [
    countRow(evaluation, '', 'people', evaluation.people),
    countRow(evaluation, '', 'several_baseline', evaluation.severalResponses.baseline),
    countRow(evaluation, '', 'several_after', evaluation.severalResponses.after),
  ];
  const rows = evaluation.results.flatMap((result) =>
    countsOf(result).map(([name, count]) => countRow(evaluation, result.item.code, name, count)),
  );
  return csv(evidenceHeader, [...whole, ...rows]);
}

type Column = [name: string, read: (result: ItemResult, evaluation: Evaluation) => CsvCell];

const columns: readonly Column[] = [
  ['mode', (_, { mode }) => mode],
  ['programme', (_, { programme }) => programme.code],
  ['instrument', (_, { instrument }) => instrument.code],
  ['forms', (_, { instrument }) => instrument.forms.join(' ')],
  ['period_start', (_, { period }) => period.start],
  ['period_end', (_, { period }) => period.end],
  ['cut_off', (_, { cutOff }) => cutOff],
  ['kind', ({ kind }) => kind],
  ['item_code', ({ item }) => item.code],
  ['item_label', ({ item }) => item.label],
  ['direction', ({ item }) => item.direction],
  ['item_min', ({ item }) => item.min],
  ['item_max', ({ item }) => item.max],
  ['people', ({ n }) => n.denominator],
  ['n', ({ n }) => n.value],
  ['improved', ({ improved }) => improved.value],
  ['same', ({ same }) => same.value],
  ['worse', ({ worse }) => worse.value],
  ['missing', ({ missing }) => missing.value],
  ...missingReasons.map((reason): Column => [columnOf(reason), ({ missingBecause }) => missingBecause[reason].value]),
  ['change_sum', ({ change }) => change.sum],
  ['change_mean', ({ change }) => (change.n === 0 ? undefined : Number(roundedQuotient(change.sum, change.n, 2)))],
  ['change_median', ({ change }) => change.median],
  ['change_sd', ({ change }) => significant(change.sd)],
  ['change_ci95_low', ({ change }) => significant(change.ci95?.low)],
  ['change_ci95_high', ({ change }) => significant(change.ci95?.high)],
  ['change_srm', ({ change }) => significant(change.srm)],
  ['improved_share_ci95_low', ({ improvedShare95 }) => significant(improvedShare95?.low)],
  ['improved_share_ci95_high', ({ improvedShare95 }) => significant(improvedShare95?.high)],
  ['sign_test_p', ({ signTest }) => significant(signTest?.p)],
  ['sign_test_p_holm', ({ signTest }) => significant(signTest?.pHolm)],
  ['holm_family', ({ kind }, { holmFamily }) => (kind === 'item' ? holmFamily : undefined)],
];

const evidenceHeader = [
  'mode',
  'programme',
  'instrument',
  'period_start',
  'period_end',
  'cut_off',
  'item_code',
  'count',
  'value',
  'denominator',
  'missing',
  'evidence',
];

function countRow(evaluation: Evaluation, item: string, name: string, count: Count): CsvCell[] {
  const { mode, programme, instrument, cutOff } = evaluation;
  return [
    mode,
    programme.code,
    instrument.code,
    count.period.start,
    count.period.end,
    cutOff,
    item,
    name,
    count.value,
    count.denominator,
    count.missing,
    count.evidence.join(' '),
  ];
}

function countsOf(result: ItemResult): [name: string, count: Count][] {
  return [
    ['n', result.n],
    ['improved', result.improved],
    ['same', result.same],
    ['worse', result.worse],
    ['missing', result.missing],
    ...missingReasons.map((reason): [string, Count] => [columnOf(reason), result.missingBecause[reason]]),
    ...result.responders.map(({ important, count }): [string, Count] => [
      `changed by ${String(important.points)} or more; ${important.population}; ${important.source}; caution: ${important.caution}`,
      count,
    ]),
  ];
}

function columnOf(reason: string): string {
  return `missing_${reason.replaceAll('-', '_')}`;
}

/** Six significant digits: more would differ between machines and mean nothing. */
function significant(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(6));
}
