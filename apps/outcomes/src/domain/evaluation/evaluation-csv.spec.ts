import { input, instrument, item, row } from '../../../test/evaluation-builders.js';
import { csv } from './csv.js';
import { evaluate } from './evaluate.js';
import { evaluationCsv, evaluationEvidenceCsv } from './evaluation-csv.js';
import { evaluationJson } from './evaluation-json.js';

const rows = [
  row(['a', 'baseline'], { walking: 3 }),
  row(['a', 'after'], { walking: 1 }),
  row(['b', 'baseline'], { walking: 1 }),
];
const given = input(rows, {
  instrument: instrument({
    items: [item('walking', { label: '=HYPERLINK("https://example.org","Walking, outdoors")' })],
    forms: [
      {
        canonical: 'https://ginnel.org.uk/fhir/Questionnaire/wellbeing|1.0.0',
        questions: [{ linkId: 'w', item: 'walking' }],
      },
    ],
  }),
});

describe('a CSV table', () => {
  it('neutralises text that a spreadsheet would run and leaves numbers alone', () => {
    const cells = [
      '=1+1',
      '+44',
      '-2',
      '@SUM',
      '\tx',
      ' =1',
      '＝1',
      'a,b',
      'say "so"',
      'two\nlines',
      -2,
      0.5,
      undefined,
    ];
    expect(csv(['text'], [cells])).toBe(
      'text\r\n' + `'=1+1,'+44,'-2,'@SUM,'\tx,' =1,'＝1,"a,b","say ""so""","two\nlines",-2,0.5,\r\n`,
    );
  });
});

describe('the CSV of an evaluation', () => {
  it('has one row per item, with negative changes as numbers and a label that is only text', () => {
    expect(evaluationCsv(evaluate(given))).toBe(
      'mode,programme,instrument,forms,period_start,period_end,cut_off,kind,item_code,item_label,direction,item_min,item_max,' +
        'people,n,improved,same,worse,missing,missing_no_response,missing_no_baseline,missing_no_after,' +
        'missing_after_before_baseline,missing_item_not_on_form,missing_value_refused,missing_not_applicable,' +
        'missing_item_unanswered,change_sum,change_mean,change_median,change_sd,change_ci95_low,change_ci95_high,change_srm,' +
        'improved_share_ci95_low,improved_share_ci95_high,sign_test_p,sign_test_p_holm,holm_family\r\n' +
        'controlled,msk-connect,wellbeing,https://ginnel.org.uk/fhir/Questionnaire/wellbeing|1.0.0,2021-03-01,2021-07-31,' +
        `2021-08-31,item,walking,"'=HYPERLINK(""https://example.org"",""Walking, outdoors"")",higher-is-better,0,4,` +
        '2,1,0,0,1,1,0,0,1,0,0,0,0,0,-2,-2,-2,,,,,0,0.793451,1,1,1\r\n',
    );
  });

  it('has a second table that leads from each count to the stored records', () => {
    const lines = evaluationEvidenceCsv(evaluate(given)).split('\r\n');
    const start = 'controlled,msk-connect,wellbeing,2021-03-01,2021-07-31,2021-08-31,';
    const [a1, a2, b1] = ['a-baseline', 'a-after', 'b-baseline'].map((id) => `QuestionnaireResponse/${id}/_history/1`);
    expect(lines).toContain(`${start},people,2,2,1,${String(a1)} ${String(a2)} ${String(b1)}`);
    expect(lines).toContain(`${start}walking,worse,1,1,1,${String(a1)} ${String(a2)}`);
    expect(lines).toContain(`${start}walking,missing_no_after,1,2,1,${String(b1)}`);
    expect(lines).toHaveLength(1 + 3 + 13 + 1);
  });
});

describe('the JSON of an evaluation', () => {
  it('says null for what could not be computed', () => {
    const parsed = JSON.parse(evaluationJson(evaluate(given))) as { results: { change: unknown }[] };
    expect(parsed.results[0]?.change).toEqual({ n: 1, sum: -2, mean: -2, median: -2, sd: null, ci95: null, srm: null });
  });
});
