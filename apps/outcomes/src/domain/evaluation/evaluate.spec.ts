import { FhirError } from '#fhir';
import { form, input, instrument, item, question, row } from '../../../test/evaluation-builders.js';
import { evaluate } from './evaluate.js';
import type { EvaluationInput, ItemResult } from './evaluation.js';
import type { InstrumentTotal } from './evaluated-instrument.js';
import type { ResponseRow } from './response-row.js';

const sum: InstrumentTotal = { ...item('sum', { min: 0, max: 8 }), items: ['walking', 'pain'] };

function resultOf(given: EvaluationInput, code: string): ItemResult {
  const result = evaluate(given).results.find((one) => one.item.code === code);
  if (result === undefined) throw new Error(`No result for ${code}`);
  return result;
}

function counted({ n, improved, same, worse, missing, missingBecause, change }: ItemResult) {
  const because = Object.entries(missingBecause).filter(([, { value }]) => value > 0);
  return {
    counts: [n.value, improved.value, same.value, worse.value, missing.value],
    because: Object.fromEntries(because.map(([reason, { value }]) => [reason, value])),
    sum: change.sum,
  };
}

describe('an evaluation', () => {
  const pairs = [
    row(['a', 'baseline'], { walking: 1, pain: 3 }),
    row(['a', 'after'], { walking: 3, pain: 4 }),
    row(['b', 'baseline'], { walking: 2, pain: 2 }),
    row(['b', 'after'], { walking: 2, pain: 0 }),
  ];

  it('counts better, same and worse by the direction of the item, and keeps the change on its scale', () => {
    expect(counted(resultOf(input(pairs), 'walking'))).toEqual({ counts: [2, 1, 1, 0, 0], because: {}, sum: 2 });
    expect(counted(resultOf(input(pairs), 'pain'))).toEqual({ counts: [2, 1, 0, 1, 0], because: {}, sum: -1 });
  });

  it('gives each count its denominator, missing, period and the stored records behind it', () => {
    const { improved, worse, n } = resultOf(input([...pairs, row(['c', 'baseline'], { walking: 0 })]), 'pain');
    const period = { start: '2021-03-01', end: '2021-07-31' };
    const of = (person: string) => [
      `QuestionnaireResponse/${person}-baseline/_history/1`,
      `QuestionnaireResponse/${person}-after/_history/1`,
    ];
    expect({ improved, worse, n }).toEqual({
      improved: { value: 1, denominator: 2, missing: 1, period, evidence: of('b') },
      worse: { value: 1, denominator: 2, missing: 1, period, evidence: of('a') },
      n: { value: 2, denominator: 3, missing: 1, period, evidence: [...of('a'), ...of('b')] },
    });
  });

  it('names the Observations that a value came from beside the response', () => {
    const [before = pairs[0], ...others] = pairs;
    if (before === undefined) throw new Error('no row');
    const observed = { ...before, items: new Map([['walking', { value: 1, sources: ['Observation/o/_history/1'] }]]) };
    expect(resultOf(input([observed, ...others]), 'walking').improved.evidence).toEqual([
      'QuestionnaireResponse/a-baseline/_history/1',
      'Observation/o/_history/1',
      'QuestionnaireResponse/a-after/_history/1',
    ]);
  });

  it('says why somebody has no pair, the enrolled who never answered too', () => {
    const given = input(
      [
        ...pairs,
        row(['c', 'baseline'], { walking: 1, pain: 1 }),
        row(['d', 'after'], { walking: 1, pain: 1 }),
        row(['e', 'baseline'], { walking: 1, pain: 1 }, { authored: '2021-05-01' }),
        row(['e', 'after'], { walking: 1, pain: 1 }, { authored: '2021-04-30' }),
        row(['f', 'baseline'], { walking: 1 }),
        row(['f', 'after'], { walking: 1 }, { notApplicable: new Set(['pain']) }),
        row(['g', 'baseline'], { walking: 1, pain: 9 }),
        row(['g', 'after'], { walking: 1, pain: 1 }),
        row(['stranger', 'baseline'], { walking: 1, pain: 1 }),
      ],
      {
        enrolled: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((person) => ({
          person,
          sources: [`Task/${person}/_history/1`],
        })),
      },
    );
    expect(counted(resultOf(given, 'pain'))).toEqual({
      counts: [2, 1, 0, 1, 6],
      because: {
        'no-response': 1,
        'no-baseline': 1,
        'no-after': 1,
        'after-before-baseline': 1,
        'not-applicable': 1,
        'value-refused': 1,
      },
      sum: -1,
    });
    expect(resultOf(given, 'pain').missingBecause['no-response'].evidence).toEqual(['Task/h/_history/1']);
    expect(evaluate(given).setAside).toEqual([
      { source: 'QuestionnaireResponse/g-baseline/_history/1', reason: 'value-outside-range', item: 'pain' },
      { source: 'QuestionnaireResponse/stranger-baseline/_history/1', reason: 'person-not-enrolled' },
    ]);
  });

  it('takes the earliest baseline and the latest after, and reports that there were several', () => {
    const several = [
      row(
        ['a', 'baseline'],
        { walking: 0 },
        { authored: '2021-04-02T09:00:00+01:00', source: 'QuestionnaireResponse/2' },
      ),
      row(['a', 'baseline'], { walking: 2 }, { authored: '2021-04-01', source: 'QuestionnaireResponse/1' }),
      row(['a', 'after'], { walking: 4 }, { authored: '2021-07-02', source: 'QuestionnaireResponse/4' }),
      row(['a', 'after'], { walking: 0 }, { authored: '2021-07-01T22:30:00Z', source: 'QuestionnaireResponse/3' }),
    ];
    const evaluation = evaluate(input(several));
    expect(counted(resultOf(input(several), 'walking'))).toEqual({ counts: [1, 1, 0, 0, 0], because: {}, sum: 2 });
    expect(evaluation.severalResponses.baseline.evidence).toEqual([
      'QuestionnaireResponse/1',
      'QuestionnaireResponse/2',
    ]);
    expect(evaluation.severalResponses.after.value).toBe(1);
  });

  it('pairs an after on paper, which bears only its day, with a baseline of that day', () => {
    const sameDay = [
      row(['a', 'baseline'], { walking: 0 }, { authored: '2021-04-02T09:00:00+01:00' }),
      row(['a', 'after'], { walking: 2 }, { authored: '2021-04-02' }),
    ];
    expect(counted(resultOf(input(sameDay), 'walking')).counts).toEqual([1, 1, 0, 0, 0]);
  });

  it('sets aside, by name, what does not belong to it', () => {
    const aside: [string, Partial<ResponseRow>][] = [
      ['after-cut-off', { authored: '2021-07-20' }],
      ['authored-not-a-day', { authored: '2021-07' }],
      ['form-of-another-instrument', { form: 'https://example.org/Questionnaire/other|1' }],
      ['not-completed', { status: 'in-progress' }],
      ['outside-period', { authored: '2021-08-01' }],
      ['superseded-version', { authored: '2021-03-06', source: 'QuestionnaireResponse/a-baseline/_history/0' }],
    ];
    const rows = aside.map(([reason, change]) => row(['z', 'after'], { walking: 1 }, { source: reason, ...change }));
    const evaluation = evaluate(input([...pairs, ...rows], { cutOff: '2021-07-15' }));
    expect([...evaluation.setAside].map(({ reason }) => reason).sort()).toEqual(aside.map(([reason]) => reason));
    expect([evaluation.people.value, evaluation.people.evidence.length]).toEqual([2, 4]);
  });

  it("reads days by England's calendar: an answer at 23:30 UTC on 31 July is one of 1 August", () => {
    const late = (authored: string) => evaluate(input([row(['a', 'after'], {}, { authored })])).setAside;
    expect(late('2021-07-31T23:30:00Z')).toEqual([
      { source: 'QuestionnaireResponse/a-after/_history/1', reason: 'outside-period' },
    ]);
    expect([late('2021-07-31T23:30:00+01:00'), late('2021-07-31'), late('2021-02-28T23:59:59Z').length]).toEqual([
      [],
      [],
      1,
    ]);
  });

  it('pairs across form versions where the item codes agree, and nowhere else', () => {
    const later = 'https://ginnel.org.uk/fhir/Questionnaire/wellbeing|2.0.0';
    const across = input(
      [pairs[0] ?? row(['a', 'baseline'], {}), row(['a', 'after'], { walking: 3, pain: 4 }, { form: later })],
      {
        instrument: instrument({
          forms: [
            { canonical: form, questions: [question('walking'), question('pain')] },
            { canonical: later, questions: [question('walking')] },
          ],
        }),
      },
    );
    expect(counted(resultOf(across, 'walking'))).toEqual({ counts: [1, 1, 0, 0, 0], because: {}, sum: 2 });
    expect(counted(resultOf(across, 'pain'))).toEqual({
      counts: [0, 0, 0, 0, 1],
      because: { 'item-not-on-form': 1 },
      sum: 0,
    });
  });

  it('computes nothing where nobody has a pair', () => {
    const { change, signTest, improvedShare95 } = resultOf(input([]), 'walking');
    expect([change.mean, change.median, change.sd, change.ci95, signTest, improvedShare95]).toEqual(
      new Array(6).fill(undefined),
    );
  });

  it('refuses a period, cut-off or instrument that cannot be evaluated', () => {
    const wrong = input([], {
      period: { start: '2021-08-01', end: '2021-07-01' },
      cutOff: 'July',
      instrument: instrument({
        items: [item('walking'), item('walking', { max: 0 })],
        totals: [{ ...item('sum'), items: ['nothing'] }],
      }),
    });
    expect(() => evaluate(wrong)).toThrow(FhirError);
    try {
      evaluate(wrong);
    } catch (fault) {
      expect((fault as FhirError).issues.map(({ code, expression }) => [code, expression?.[0]])).toEqual([
        ['value', 'period'],
        ['value', 'cutOff'],
        ['value', 'instrument.items'],
        ['duplicate', 'instrument.items'],
        ['not-found', 'instrument'],
        ['not-found', 'instrument'],
      ]);
    }
  });
});

describe('a total', () => {
  const withSum = instrument({
    items: [item('walking'), item('pain')],
    totals: [sum],
    importantChanges: [
      {
        item: 'sum',
        points: 2.5,
        population: 'physiotherapy',
        source: 'a study',
        evidence: 'secondary',
        caution: 'errs by 3',
      },
    ],
  });
  const stored = (value: number) => ({ totals: new Map([['sum', { value, sources: ['Observation/t/_history/1'] }]]) });
  const total = (rows: ResponseRow[]) => resultOf(input(rows, { instrument: withSum }), 'sum');

  it('is the sum of its items and never short of one', () => {
    const result = total([
      row(['a', 'baseline'], { walking: 1, pain: 1 }),
      row(['a', 'after'], { walking: 4, pain: 3 }, stored(7)),
      row(['b', 'baseline'], { walking: 1 }),
      row(['b', 'after'], { walking: 4, pain: 3 }),
    ]);
    expect(counted(result)).toEqual({ counts: [1, 1, 0, 0, 1], because: { 'item-unanswered': 1 }, sum: 5 });
    expect(result.n.evidence).toContain('Observation/t/_history/1');
  });

  it('that differs from its items, or stands beside too few, counts nowhere and is named', () => {
    const rows = [
      row(['a', 'baseline'], { walking: 1, pain: 1 }, stored(3)),
      row(['a', 'after'], { walking: 4, pain: 3 }),
      row(['b', 'baseline'], { walking: 1 }, stored(1)),
      row(['b', 'after'], { walking: 4, pain: 3 }),
      row(['c', 'baseline'], {}, stored(9)),
      row(['c', 'after'], { walking: 4, pain: 3 }),
    ];
    expect(counted(total(rows))).toEqual({
      counts: [0, 0, 0, 0, 3],
      because: { 'value-refused': 2, 'item-unanswered': 1 },
      sum: 0,
    });
    expect(evaluate(input(rows, { instrument: withSum })).setAside.map(({ reason }) => reason)).toEqual([
      'total-is-not-the-sum',
      'total-without-all-items',
      'value-outside-range',
    ]);
  });

  it('alone is used where no item was stored', () => {
    const result = total([row(['a', 'baseline'], {}, stored(2)), row(['a', 'after'], {}, stored(8))]);
    expect(counted(result)).toEqual({ counts: [1, 1, 0, 0, 0], because: {}, sum: 6 });
  });

  it('shows how many reached an important change only with its population, source and caution', () => {
    const result = total([
      row(['a', 'baseline'], { walking: 1, pain: 1 }),
      row(['a', 'after'], { walking: 4, pain: 1 }),
      row(['b', 'baseline'], { walking: 1, pain: 1 }),
      row(['b', 'after'], { walking: 3, pain: 1 }),
    ]);
    expect(result.responders.map(({ important, count }) => [important, count.value, count.denominator])).toEqual([
      [withSum.importantChanges?.[0], 1, 2],
    ]);
  });

  it("is no member of the items' family in Holm's adjustment", () => {
    const people = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((person) => [
      row([person, 'baseline'], { walking: 1, pain: 1 }),
      row([person, 'after'], { walking: 2, pain: 1 }),
    ]);
    const evaluation = evaluate(input(people, { instrument: withSum }));
    expect(evaluation.holmFamily).toBe(2);
    expect(evaluation.results.map(({ signTest }) => signTest)).toEqual([
      { p: 1 / 32, pHolm: 1 / 16 },
      { p: 1, pHolm: 1 },
      { p: 1 / 32, pHolm: undefined },
    ]);
  });
});
