import type { QuestionnaireResponse } from 'fhir/r4';
import { answersToResponse, type Instrument, loadProgramme } from '#programmes';
import { publishedRecords, publishedTable, publishedTablesAreThere } from '../../../test/published-tables.js';
import { signedQuotient } from '../statistics/rounded-quotient.js';
import type { EvaluatedInstrument } from './evaluated-instrument.js';
import { evaluate } from './evaluate.js';
import type { Evaluation, EvaluationInput, ItemResult } from './evaluation.js';
import { evaluationJson } from './evaluation-json.js';
import { evaluatedInstrumentOf } from './instrument-of.js';
import type { ResponseRow } from './response-row.js';
import { rowsFromResponses } from './rows-from-responses.js';
import { timePointExtension } from './time-point.js';

if (publishedTablesAreThere) describe('the published MSK-HQ tables', provesTheTables);
else it('cannot be compared with the published tables: ../shared/data/evaluation-tables is absent', () => undefined);

function provesTheTables(): void {
  const input: EvaluationInput = {
    mode: 'controlled',
    programme: {
      code: 'msk-connect',
      title: 'MSK Connect',
      measure: 'https://ginnel.org.uk/fhir/Measure/msk-hq-change',
    },
    instrument: mskHq(),
    period: { start: '2021-03-01', end: '2021-07-31' },
    cutOff: '2021-07-31',
    rows: sampleRows(mskHq()),
  };
  const evaluation = evaluate(input);
  const numbered = (number: number) => resultAt(evaluation, number - 1);

  it.each([
    ['t1_mskhq_slowed_progression.csv', [1, 2, 3, 4, 5, 6]],
    ['t2_mskhq_mental_and_physical.csv', [9, 10, 11, 12, 13]],
  ])('%s comes out of the rows, cell by cell', (name, numbers) => {
    const [, ...published] = publishedTable(name).map(([, ...cells]) => cells);
    const results = numbers.map(numbered);
    expect([
      results.map(({ improved }) => String(improved.value)),
      results.map(({ same }) => String(same.value)),
      results.map(({ worse }) => String(worse.value)),
      results.map(({ change }) => signedQuotient(change.sum, change.n, 2)),
    ]).toEqual(published);
  });

  it('the derived sums, shares, intervals and sign tests come out of the rows', () => {
    for (const record of publishedRecords('t1_t2_long_with_derived.csv')) {
      const { change, n, improved, improvedShare95, signTest } = numbered(Number(record['mskhq_item_no']));
      const percent = (share = Number.NaN) => String(Math.round(share * 100));
      expect([n.value, change.sum].map(String)).toEqual([record['n'], record['implied_sum_of_changes']]);
      expect(change.mean?.toFixed(4)).toBe(record['mean_from_sum']);
      expect(((100 * improved.value) / n.value).toFixed(1)).toBe(record['pct_improved']);
      expect([percent(improvedShare95?.low), percent(improvedShare95?.high)]).toEqual([
        record['wilson95_lo'],
        record['wilson95_hi'],
      ]);
      expect(Math.abs((signTest?.p ?? 1) - Number(record['exact_sign_test_p']))).toBeLessThan(0.00005 + 1e-12);
    }
  });

  it('the three items that the report left out and the total are there too', () => {
    const leftOut = [7, 8, 14, 15].map(numbered);
    expect(evaluation.results).toHaveLength(15);
    expect(
      leftOut.map(({ item, n, improved, same, worse, change }) => ({
        code: item.code,
        n: n.value,
        counts: [improved.value, same.value, worse.value],
        mean: signedQuotient(change.sum, change.n, 2),
      })),
    ).toEqual(leftOutOfRows());
  });

  it('confidence improved in 10 of 14 people, not in the 11 that the text of the report claims (X01)', () => {
    const { improved } = numbered(13);
    expect([improved.value, improved.denominator, improved.missing]).toEqual([10, 14, 0]);
    expect(improved.evidence).toHaveLength(20);
    const [confidence] = publishedRecords('p2_selfreported_improvement_text_claims.csv').filter(
      ({ claim, agrees_with_table }) => claim === 'Confidence improved' && agrees_with_table?.startsWith('NO'),
    );
    expect(Number(confidence?.['k'])).not.toBe(improved.value);
  });

  it('come out the same when the rows are loaded as QuestionnaireResponses of the shipped form', () => {
    const { rows, setAside } = rowsFromResponses({ responses: sampleResponses(shippedMskHq()) }, mskHq());
    const loaded = evaluate({ ...input, rows, setAside });
    expect(evaluationJson(loaded)).toBe(evaluationJson(evaluation));
  });

  it('nothing of the 28 responses is set aside', () => {
    expect([evaluation.people.value, evaluation.people.evidence.length, evaluation.setAside]).toEqual([14, 28, []]);
  });
}

function resultAt(evaluation: Evaluation, index: number): ItemResult {
  const result = evaluation.results[index];
  if (result === undefined) throw new Error('The evaluation lacks an item.');
  return result;
}

function mskHq(): EvaluatedInstrument {
  return evaluatedInstrumentOf(shippedMskHq());
}

function shippedMskHq(): Instrument {
  const instrument = loadProgramme('msk-connect').instruments.find(({ id }) => id === 'msk-hq');
  if (instrument === undefined) throw new Error('MSK Connect has no MSK-HQ.');
  return instrument;
}

/** As an integrator loads a spreadsheet: weights by linkId, time point as extension. */
function sampleResponses({ questionnaire, scoring }: Instrument): QuestionnaireResponse[] {
  return publishedRecords('sample-rows/mskhq_14x2_SYNTHETIC.csv').map((record) => {
    const timePoint = record['timepoint'] === 'pre' ? 'baseline' : 'after';
    const person = record['participant'] ?? '';
    const answers = scoring.items.map(({ linkId }, index) => [linkId, Number(record[columnOf(index)])] as const);
    return answersToResponse(questionnaire, Object.fromEntries(answers), {
      id: `${person}-${timePoint}`,
      meta: { versionId: '1' },
      extension: [{ url: timePointExtension, valueCode: timePoint }],
      basedOn: [{ reference: `ServiceRequest/${person}` }],
      authored: timePoint === 'baseline' ? '2021-03-15' : '2021-07-15',
    });
  });
}

function columnOf(index: number): string {
  return `item${String(index + 1).padStart(2, '0')}`;
}

/** Invented rows that fit the published tables. */
function sampleRows({ items, totals, forms }: EvaluatedInstrument): ResponseRow[] {
  return publishedRecords('sample-rows/mskhq_14x2_SYNTHETIC.csv').map((record) => {
    const timePoint = record['timepoint'] === 'pre' ? 'baseline' : 'after';
    const person = record['participant'] ?? '';
    return {
      person,
      timePoint,
      status: 'completed',
      authored: timePoint === 'baseline' ? '2021-03-15' : '2021-07-15',
      form: forms[0]?.canonical ?? '',
      source: `QuestionnaireResponse/${person}-${timePoint}/_history/1`,
      items: new Map(items.map(({ code }, index) => [code, { value: Number(record[columnOf(index)]) }])),
      totals: new Map(totals.map(({ code }) => [code, { value: Number(record['total']) }])),
    };
  });
}

/** Counted from the rows a second time, by hand so to speak: the total of the file for the total. */
function leftOutOfRows() {
  const records = publishedRecords('sample-rows/mskhq_14x2_SYNTHETIC.csv');
  return [
    ['social-hobbies', 'item07'],
    ['needing-help', 'item08'],
    ['overall-impact', 'item14'],
    ['total', 'total'],
  ].map(([code, column = '']) => {
    const before = records.filter(({ timepoint }) => timepoint === 'pre');
    const after = records.filter(({ timepoint }) => timepoint === 'post');
    const changes = before.map((record, index) => Number(after[index]?.[column]) - Number(record[column]));
    const count = (sign: number) => changes.filter((change) => Math.sign(change) === sign).length;
    const sum = changes.reduce((total, change) => total + change, 0);
    return { code, n: 14, counts: [count(1), count(0), count(-1)], mean: signedQuotient(sum, 14, 2) };
  });
}
