import type { QuestionnaireItem, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4';
import { answered, form, found, response, told, url } from '../../test/forms.js';
import { validateResponse } from './validate-response.js';

describe('the questionnaire of a response', () => {
  it('must be named with its version', () => {
    const named = (questionnaire?: string) =>
      told(
        { resourceType: 'QuestionnaireResponse', status: 'in-progress', ...(questionnaire ? { questionnaire } : {}) },
        form([]),
      );
    expect(named(`${url}|1`)).toEqual([]);
    expect(named()).toEqual(['error required questionnaire']);
    expect([url, `${url}|2`, `${url}|1.0`, 'https://example.org/other|1'].map(named)).toEqual(
      Array.from({ length: 4 }, () => ['error value questionnaire']),
    );
  });

  it('cannot judge where it uses a linkId twice', () => {
    const twice = form([{ linkId: 'a', type: 'group', item: [{ linkId: 'a', type: 'string' }] }]);
    expect(told(response([]), twice)).toEqual(['error invariant questionnaire']);
  });
});

describe('items', () => {
  const items: QuestionnaireItem[] = [
    { linkId: 'a', type: 'string' },
    { linkId: 'g', type: 'group', repeats: true, item: [{ linkId: 'b', type: 'string' }] },
    {
      linkId: 'h',
      type: 'group',
      item: [{ linkId: 'c', type: 'string', repeats: true, item: [{ linkId: 'd', type: 'integer' }] }],
    },
    { linkId: 'note', type: 'display', text: 'Thank you' },
  ];
  const text = { valueString: 'x' };

  it('may be left out, repeat as the form allows, and nest in groups and answers', () => {
    const given = [
      { linkId: 'g', item: [answered('b', text)] },
      { linkId: 'g', item: [answered('b', text)] },
      { linkId: 'h', item: [answered('c', { ...text, item: [answered('d', { valueInteger: 1 })] }, text)] },
      { linkId: 'note', text: 'Thank you' },
    ];
    expect(found(items, given)).toEqual([]);
    expect(found(items, [])).toEqual([]);
  });

  it('must be known, and a linkId keeps its case', () => {
    expect(found(items, [answered('z', text)])).toEqual(['error value item[0].linkId']);
    const [issue] = validateResponse(response([answered('A', text)]), form(items));
    expect(issue?.diagnostics).toBe('A linkId is written exactly as in the questionnaire: a.');
  });

  it('without a linkId, or with one that is no string, are unknown', () => {
    const odd = [{ answer: [text] }, { linkId: 7, answer: [text] }] as unknown as QuestionnaireResponseItem[];
    expect(found(items, odd)).toEqual(['error value item[0].linkId', 'error value item[1].linkId']);
  });

  it.each<[string, QuestionnaireResponseItem[], string[]]>([
    ['out of order', [{ linkId: 'note' }, answered('a', text)], ['error structure item[1]']],
    ['in another group', [{ linkId: 'g', item: [answered('c', text)] }], ['error structure item[0].item[0]']],
    ['at the top instead of in their group', [answered('b', text)], ['error structure item[0]']],
    [
      'twice, though a question',
      [answered('a', text), answered('a', text)],
      ['error structure item[1]', 'error structure item[1].answer[0]'],
    ],
    [
      'twice, though a group that does not repeat',
      [
        { linkId: 'h', item: [answered('c', text)] },
        { linkId: 'h', item: [answered('c', text)] },
      ],
      ['error structure item[1]'],
    ],
    [
      'below a question, not in its answer',
      [{ linkId: 'h', item: [{ ...answered('c', text), item: [answered('d', { valueInteger: 1 })] }] }],
      ['error structure item[0].item[0].item'],
    ],
    ['of a group, with an answer', [{ ...answered('g', text) }], ['error structure item[0].answer']],
    ['of a display, with an answer', [answered('note', text)], ['error structure item[0].answer']],
    ['of a display, with items', [{ linkId: 'note', item: [answered('a', text)] }], ['error structure item[0].item']],
  ])('are refused %s', (_, given, issues) => {
    expect(found(items, given)).toEqual(issues);
  });

  it('keep the text of the form, or its translation', () => {
    const titled = form([{ linkId: 'a', type: 'string', text: 'Why?' }], { language: 'en' });
    const asked = (text: string, language?: string) =>
      told(response([{ ...answered('a', { valueString: 'x' }), text }], language ? { language } : {}), titled);
    expect([asked('Why?'), asked('Why ever?'), asked('کیوں؟', 'ur')]).toEqual([[], ['error value item[0].text'], []]);
  });
});

describe('how many answers', () => {
  const needed: QuestionnaireItem = { linkId: 'a', type: 'string', required: true };
  const occurs = (name: string, valueInteger: number) => ({
    url: `http://hl7.org/fhir/StructureDefinition/questionnaire-${name}`,
    valueInteger,
  });
  const text = { valueString: 'x' };

  it('are required of a completed or amended response, not of a draft or a stopped one', () => {
    const missing = (status: QuestionnaireResponse['status'], items: QuestionnaireResponseItem[] = []) =>
      found([needed], items, { status });
    expect([missing('completed'), missing('amended')]).toEqual(
      Array.from({ length: 2 }, () => ['error required QuestionnaireResponse']),
    );
    expect([missing('in-progress'), missing('stopped'), missing('entered-in-error')]).toEqual([[], [], []]);
    expect(missing('completed', [{ linkId: 'a' }])).toEqual(['error required item[0]']);
    expect(missing('completed', [answered('a', text)])).toEqual([]);
    expect(missing('in-progress', [answered('a', { valueInteger: 1 })])).toEqual([
      'error value item[0].answer[0].valueInteger',
    ]);
  });

  it('are required within a group that is there', () => {
    const group: QuestionnaireItem = { linkId: 'g', type: 'group', item: [needed, { linkId: 'b', type: 'string' }] };
    expect(found([group], [])).toEqual([]);
    expect(found([group], [{ linkId: 'g', item: [answered('b', text)] }])).toEqual(['error required item[0]']);
    expect(found([{ ...group, required: true }], [])).toEqual(['error required QuestionnaireResponse']);
  });

  it('is one unless the item repeats, and within its bounds where it does', () => {
    const single: QuestionnaireItem = { linkId: 'a', type: 'string' };
    expect(found([single], [answered('a', text, text)])).toEqual(['error structure item[0].answer[1]']);
    const many: QuestionnaireItem = {
      ...needed,
      repeats: true,
      extension: [occurs('minOccurs', 2), occurs('maxOccurs', 3)],
    };
    expect(
      [1, 2, 3, 4].map((count) => found([many], [answered('a', ...Array.from({ length: count }, () => text))])),
    ).toEqual([['error required item[0]'], [], [], ['error structure item[0].answer[3]']]);
  });

  it('of a read-only item are those that the form gave', () => {
    const fixed: QuestionnaireItem = { linkId: 'a', type: 'integer', readOnly: true, initial: [{ valueInteger: 3 }] };
    expect(found([fixed], [answered('a', { valueInteger: 3 })])).toEqual([]);
    expect(found([fixed], [answered('a', { valueInteger: 4 })])).toEqual(['error business-rule item[0].answer']);
    const url = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression';
    const computed: QuestionnaireItem = {
      linkId: 'a',
      type: 'integer',
      readOnly: true,
      extension: [{ url, valueExpression: { language: 'text/fhirpath', expression: '1' } }],
    };
    expect(found([computed], [answered('a', { valueInteger: 4 })])).toEqual([]);
  });
});

describe('hostile responses', () => {
  it('are refused by their depth without being walked', () => {
    let item: QuestionnaireResponseItem = { linkId: 'a' };
    for (let depth = 0; depth < 20_000; depth++) item = { linkId: 'a', item: [item] };
    expect(found([{ linkId: 'a', type: 'string' }], [item])).toEqual(['error too-costly item']);
  });

  it('are refused by their size', () => {
    const items = Array.from({ length: 200_000 }, () => answered('a', { valueString: 'x' }));
    expect(found([{ linkId: 'a', type: 'string' }], items)).toEqual(['error too-costly item']);
  });

  it('are answered briefly', () => {
    const issues = found(
      [],
      Array.from({ length: 2_000 }, () => ({ linkId: 'z' })),
    );
    expect([issues.length, issues.at(-1)]).toEqual([101, 'warning too-costly ']);
  });

  it.each([
    { item: {} },
    { item: [] },
    { item: [null, 1, 'x', []] },
    { item: [{ linkId: 'a', answer: 'x' }] },
    { item: [{ linkId: 'a', answer: [null] }] },
  ])('of another shape are refused: %j', (odd) => {
    const issues = told(
      { ...response([]), ...odd } as unknown as QuestionnaireResponse,
      form([{ linkId: 'a', type: 'string' }]),
    );
    expect(issues.some((issue) => issue.startsWith('error structure'))).toBe(true);
  });
});
