import type { Extension, Observation, QuestionnaireResponse, Task } from 'fhir/r4';
import { form, instrument, item } from '../../../test/evaluation-builders.js';
import type { EvaluatedInstrument } from './evaluated-instrument.js';
import { rowsFromResponses } from './rows-from-responses.js';
import { questionnaireTaskExtension, timePointExtension, timePointOf } from './time-point.js';

const wellbeing: EvaluatedInstrument = instrument({
  forms: [
    {
      canonical: form,
      questions: [
        { linkId: 'q1', item: 'walking' },
        { linkId: 'q2', item: 'pain', points: { none: 0, some: 2 }, notApplicable: ['n/a'] },
      ],
    },
  ],
  totals: [{ ...item('sum', { max: 8 }), items: ['walking', 'pain'] }],
});

const at = (valueCode: string): Extension => ({ url: timePointExtension, valueCode });

function response(change: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    id: 'r1',
    meta: { versionId: '2' },
    extension: [at('baseline')],
    basedOn: [{ reference: 'ServiceRequest/s1' }],
    questionnaire: form,
    status: 'completed',
    authored: '2021-03-05',
    item: [
      { linkId: 'group', item: [{ linkId: 'q1', answer: [{ valueInteger: 3 }] }] },
      { linkId: 'q2', answer: [{ valueCoding: { code: 'some' } }] },
    ],
    ...change,
  };
}

function task(change: Partial<Task> = {}): Task {
  return {
    resourceType: 'Task',
    id: 't1',
    status: 'completed',
    intent: 'order',
    basedOn: [{ reference: 'ServiceRequest/s1' }],
    input: [{ type: { coding: [{ code: 'time-point' }] }, valueCode: 'after' }],
    ...change,
  };
}

function score(code: string, value: number, change: Partial<Observation> = {}): Observation {
  return {
    resourceType: 'Observation',
    id: `r1.${code}`,
    meta: { versionId: '1' },
    status: 'final',
    code: { coding: [{ code }] },
    derivedFrom: [{ reference: 'QuestionnaireResponse/r1/_history/2' }],
    valueInteger: value,
    ...change,
  };
}

describe('the time point of a response', () => {
  it('is what its extension says, before what its Task says', () => {
    expect(timePointOf(response(), task())).toBe('baseline');
  });

  it('is the input of the Task that asked for it, as code or as coding', () => {
    const loose = response({ extension: [] });
    const coded = task({ input: [{ type: { text: 'time-point' }, valueCoding: { code: 'baseline' } }] });
    expect([timePointOf(loose, task()), timePointOf(loose, coded)]).toEqual(['after', 'baseline']);
  });

  it('is unknown where nothing says it, where two say different things, and for other points', () => {
    const loose = response({ extension: [] });
    expect([
      timePointOf(loose),
      timePointOf(response({ extension: [at('baseline'), at('after')] }), task()),
      timePointOf(response({ extension: [at('weekly')] }), task()),
    ]).toEqual([undefined, undefined, undefined]);
  });
});

describe('rows from stored responses', () => {
  it('carry the points of answers, wherever they stand in the form, with the version that was read', () => {
    expect(rowsFromResponses({ responses: [response()] }, wellbeing)).toEqual({
      rows: [
        {
          person: 's1',
          timePoint: 'baseline',
          status: 'completed',
          authored: '2021-03-05',
          form,
          source: 'QuestionnaireResponse/r1/_history/2',
          items: new Map([
            ['walking', { value: 3 }],
            ['pain', { value: 2 }],
          ]),
          notApplicable: new Set(),
          totals: new Map(),
        },
      ],
      setAside: [],
    });
  });

  it.each<[string, Task]>([
    ['that the response names', task()],
    [
      'whose output the response is',
      task({ id: 't2', output: [{ type: {}, valueReference: { reference: 'QuestionnaireResponse/r1' } }] }),
    ],
  ])('take person and time point from the Task %s', (_, asked) => {
    const naming = [{ url: questionnaireTaskExtension, valueReference: { reference: 'Task/t1' } }];
    const loose = response({ extension: naming });
    const { rows } = rowsFromResponses({ responses: [loose], tasks: [asked] }, wellbeing);
    expect(rows.map(({ person, timePoint }) => [person, timePoint])).toEqual([['s1', 'after']]);
  });

  it('carry scores of Observations with their references, and ignore those of an older version', () => {
    const observations = [
      score('walking', 3),
      score('sum', 5),
      score('pain', 0, { derivedFrom: [{ reference: 'QuestionnaireResponse/r1/_history/1' }] }),
      score('sum', 8, { status: 'entered-in-error' }),
    ];
    const { rows, setAside } = rowsFromResponses({ responses: [response()], observations }, wellbeing);
    expect(setAside).toEqual([]);
    expect([rows[0]?.items, rows[0]?.totals]).toEqual([
      new Map([
        ['walking', { value: 3, sources: ['Observation/r1.walking/_history/1'] }],
        ['pain', { value: 2 }],
      ]),
      new Map([['sum', { value: 5, sources: ['Observation/r1.sum/_history/1'] }]]),
    ]);
  });

  it('leave out a value that is answered twice, has no points or is contradicted, and name it', () => {
    const responses = [
      response({
        item: [
          { linkId: 'q1', answer: [{ valueInteger: 3 }] },
          { linkId: 'q1', answer: [{ valueInteger: 3 }] },
          { linkId: 'q2', answer: [{ valueCoding: { code: 'toString' } }] },
        ],
      }),
      response({ id: 'r2' }),
    ];
    const contradicting = score('walking', 1, { derivedFrom: [{ reference: 'QuestionnaireResponse/r2' }] });
    const { rows, setAside } = rowsFromResponses({ responses, observations: [contradicting] }, wellbeing);
    expect(rows.map(({ items }) => items)).toEqual([new Map(), new Map([['pain', { value: 2 }]])]);
    expect(setAside).toEqual([
      { source: 'QuestionnaireResponse/r1/_history/2', reason: 'several-answers', item: 'walking' },
      { source: 'QuestionnaireResponse/r1/_history/2', reason: 'answer-without-points', item: 'pain' },
      { source: 'QuestionnaireResponse/r2/_history/2', reason: 'sources-disagree', item: 'walking' },
    ]);
  });

  it('know "does not apply to me" from a missing answer', () => {
    const answered = response({ item: [{ linkId: 'q2', answer: [{ valueCoding: { code: 'n/a' } }] }] });
    const { rows, setAside } = rowsFromResponses({ responses: [answered] }, wellbeing);
    expect([rows[0]?.items, rows[0]?.notApplicable, setAside]).toEqual([new Map(), new Set(['pain']), []]);
  });

  it('are not made where form, version, person or time point are unknown', () => {
    const loose = response({ id: 'timeless', extension: [] });
    const unversioned = response({ id: 'unversioned', meta: {} });
    const responses = [
      response({ id: 'other', questionnaire: 'https://example.org/Questionnaire/x|1' }),
      unversioned,
      response({ id: 'nobody', basedOn: [] }),
      response({ id: 'two', basedOn: [{ reference: 'ServiceRequest/s1' }, { reference: 'ServiceRequest/s2' }] }),
      loose,
    ];
    expect(rowsFromResponses({ responses }, wellbeing)).toEqual({
      rows: [],
      setAside: [
        { source: 'QuestionnaireResponse/other/_history/2', reason: 'form-of-another-instrument' },
        { source: 'QuestionnaireResponse/unversioned', reason: 'without-version' },
        { source: 'QuestionnaireResponse/nobody/_history/2', reason: 'person-unknown' },
        { source: 'QuestionnaireResponse/two/_history/2', reason: 'person-unknown' },
        { source: 'QuestionnaireResponse/timeless/_history/2', reason: 'time-point-unknown' },
      ],
    });
  });
});
