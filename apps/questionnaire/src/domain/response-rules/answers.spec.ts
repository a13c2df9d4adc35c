import type { QuestionnaireItem, QuestionnaireResponseItemAnswer } from 'fhir/r4';
import { answered, form, found, response, told } from '../../../test/forms.js';
import { validateResponse } from '../validate-response.js';

describe('the value of an answer', () => {
  it.each<[QuestionnaireItem['type'], QuestionnaireResponseItemAnswer, unknown[]]>([
    ['boolean', { valueBoolean: false }, [{ valueBoolean: 'false' }, { valueString: 'no' }]],
    [
      'integer',
      { valueInteger: 0 },
      [{ valueInteger: 1.5 }, { valueInteger: '1' }, { valueDecimal: 1 }, { valueInteger: 1e12 }],
    ],
    ['decimal', { valueDecimal: 1.5 }, [{ valueDecimal: '1.5' }, { valueInteger: 1 }]],
    [
      'date',
      { valueDate: '2024-02-29' },
      [{ valueDate: '2023-02-29' }, { valueDate: '29/02/2024' }, { valueDateTime: '2024' }],
    ],
    [
      'dateTime',
      { valueDateTime: '2024-02-29T10:00:00Z' },
      [{ valueDateTime: '2024-02-29T10:00:00' }, { valueDate: '2024' }],
    ],
    ['time', { valueTime: '23:59:59' }, [{ valueTime: '24:00:00' }, { valueTime: '9:00' }]],
    ['string', { valueString: 'x' }, [{ valueString: '' }, { valueString: 5 }, { valueCoding: { code: 'x' } }]],
    ['text', { valueString: 'x' }, [{ valueUri: 'urn:x' }]],
    ['url', { valueUri: 'urn:x' }, [{ valueUri: 'two words' }, { valueString: 'urn:x' }]],
    ['quantity', { valueQuantity: { value: 1 } }, [{ valueQuantity: 1 }, { valueQuantity: {} }, { valueDecimal: 1 }]],
    ['reference', { valueReference: { reference: 'Patient/1' } }, [{ valueReference: 'Patient/1' }]],
    ['attachment', { valueAttachment: { title: 'x' } }, [{ valueAttachment: [] }]],
    [
      'choice',
      { valueCoding: { code: 'x' } },
      [{ valueString: 'x' }, { valueCoding: 'x' }, { valueCoding: { display: 'x' } }],
    ],
  ])('has the type that %s asks for', (type, right, wrong) => {
    const item: QuestionnaireItem[] = [{ linkId: 'a', type }];
    expect(found(item, [answered('a', right)])).toEqual([]);
    for (const answer of wrong) {
      const key = Object.keys(answer as object)[0] ?? '';
      expect(found(item, [answered('a', answer as QuestionnaireResponseItemAnswer)])).toEqual([
        `error value item[0].answer[0].${key}`,
      ]);
    }
  });

  it('is there, and is one', () => {
    const item: QuestionnaireItem[] = [{ linkId: 'a', type: 'string' }];
    expect(found(item, [answered('a', {})])).toEqual(['error required item[0].answer[0]']);
    const two = { valueString: 'x', valueInteger: 1 };
    expect(found(item, [answered('a', two)])).toEqual([
      'error structure item[0].answer[0]',
      'error value item[0].answer[0].valueInteger',
    ]);
  });

  it('names no type outside the specification in what it tells', () => {
    const answer = { 'valueJane Doe': 'x' } as QuestionnaireResponseItemAnswer;
    expect(
      JSON.stringify(validateResponse(response([answered('a', answer)]), form([{ linkId: 'a', type: 'string' }]))),
    ).not.toContain('Jane');
  });
});

describe('options', () => {
  const codings: QuestionnaireItem = {
    ...{ linkId: 'a', type: 'choice' },
    answerOption: [{ valueCoding: { system: 's', code: 'x', display: 'X' } }],
  };
  const coding = (system: string | undefined, code: string) =>
    answered('a', { valueCoding: { code, ...(system === undefined ? {} : { system }) } });

  it('hold a Coding by its display where they have no code, and then by nothing else', () => {
    const named: QuestionnaireItem = {
      ...codings,
      answerOption: ['Yes', 'No'].map((display) => ({ valueCoding: { display } })),
    };
    const said = [{ display: 'No' }, { display: 'Maybe' }, { code: 'No' }, { system: 's', display: 'No' }];
    expect(said.map((valueCoding) => found([named], [answered('a', { valueCoding })]))).toEqual([
      [],
      ['error value item[0].answer[0].valueCoding'],
      ['error code-invalid item[0].answer[0].valueCoding'],
      ['error value item[0].answer[0].valueCoding'],
    ]);
  });

  it('hold a Coding by system and code, not by display', () => {
    expect(found([codings], [answered('a', { valueCoding: { system: 's', code: 'x', display: 'other' } })])).toEqual(
      [],
    );
    const wrong = [coding('t', 'x'), coding(undefined, 'x'), coding('s', 'X')];
    expect(wrong.map((item) => found([codings], [item]))).toEqual(
      Array.from({ length: 3 }, () => ['error code-invalid item[0].answer[0].valueCoding']),
    );
  });

  it('hold other values as they are', () => {
    const item: QuestionnaireItem = {
      linkId: 'a',
      type: 'choice',
      answerOption: [{ valueInteger: 1 }, { valueString: 'many' }],
    };
    expect(found([item], [answered('a', { valueInteger: 1 })])).toEqual([]);
    expect(found([item], [answered('a', { valueString: 'many' })])).toEqual([]);
    expect(found([item], [answered('a', { valueInteger: 2 })])).toEqual([
      'error code-invalid item[0].answer[0].valueInteger',
    ]);
    expect(found([item], [coding('s', 'x')])).toEqual(['error value item[0].answer[0].valueCoding']);
  });

  it('of an open choice may be passed over by text, not by another code', () => {
    const open: QuestionnaireItem = { ...codings, type: 'open-choice' };
    expect(found([open], [answered('a', { valueString: 'in my own words' })])).toEqual([]);
    expect(found([open], [coding('s', 'y')])).toEqual(['error code-invalid item[0].answer[0].valueCoding']);
  });

  it('may lie in a contained value set; another one is not checked, and that is said', () => {
    const item: QuestionnaireItem = { linkId: 'a', type: 'choice', answerValueSet: '#set' };
    const listed = {
      resourceType: 'ValueSet',
      id: 'set',
      status: 'active',
      compose: { include: [{ system: 's', concept: [{ code: 'x' }] }] },
    } as const;
    const expanded = {
      resourceType: 'ValueSet',
      id: 'set',
      status: 'active',
      expansion: {
        timestamp: '2024',
        contains: [{ system: 's', code: 'top', abstract: true, contains: [{ system: 's', code: 'x' }] }],
      },
    } as const;
    const whole = {
      resourceType: 'ValueSet',
      id: 'set',
      status: 'active',
      compose: { include: [{ system: 's' }] },
    } as const;
    const judged = (set: typeof listed | typeof expanded | typeof whole, code: string) =>
      told(response([coding('s', code)]), form([item], { contained: [set] }));
    expect([judged(listed, 'x'), judged(expanded, 'x')]).toEqual([[], []]);
    expect([judged(listed, 'y'), judged(expanded, 'top')]).toEqual(
      Array.from({ length: 2 }, () => ['error code-invalid item[0].answer[0].valueCoding']),
    );
    expect(judged(whole, 'y')).toEqual(['warning not-supported item[0].answer[0].valueCoding']);
    expect(found([{ ...item, answerValueSet: 'https://example.org/ValueSet/far' }], [coding('s', 'y')])).toEqual([
      'warning not-supported item[0].answer[0].valueCoding',
    ]);
  });

  it('that are not met are told with the code, never with what could be a sentence', () => {
    const said = (code: string) => validateResponse(response([coding('s', code)]), form([codings]))[0]?.diagnostics;
    expect([said('y-1'), said('Jane Doe, Keighley')]).toEqual([
      'The code y-1 is not among the answers of this item.',
      'This value is not among the answers of this item.',
    ]);
  });
});

describe('limits', () => {
  const limit = (name: string, value: object) => ({ url: `http://hl7.org/fhir/StructureDefinition/${name}`, ...value });
  it.each<[string, QuestionnaireItem, QuestionnaireResponseItemAnswer, QuestionnaireResponseItemAnswer]>([
    [
      'maxLength, in characters',
      { linkId: 'a', type: 'string', maxLength: 2 },
      { valueString: '😀😀' },
      { valueString: 'abc' },
    ],
    [
      'minLength',
      { linkId: 'a', type: 'text', extension: [limit('minLength', { valueInteger: 2 })] },
      { valueString: 'ab' },
      { valueString: 'a' },
    ],
    [
      'minValue',
      { linkId: 'a', type: 'integer', extension: [limit('minValue', { valueInteger: 0 })] },
      { valueInteger: 0 },
      { valueInteger: -1 },
    ],
    [
      'maxValue',
      { linkId: 'a', type: 'decimal', extension: [limit('maxValue', { valueDecimal: 7 })] },
      { valueDecimal: 7 },
      { valueDecimal: 7.01 },
    ],
    [
      'maxValue of a date',
      { linkId: 'a', type: 'date', extension: [limit('maxValue', { valueDate: '2024-06-30' })] },
      { valueDate: '2024-06-30' },
      { valueDate: '2024-07-01' },
    ],
    [
      'minValue of a time',
      { linkId: 'a', type: 'time', extension: [limit('minValue', { valueTime: '09:00:00' })] },
      { valueTime: '09:00:00' },
      { valueTime: '08:59:59' },
    ],
    [
      'maxDecimalPlaces',
      { linkId: 'a', type: 'decimal', extension: [limit('maxDecimalPlaces', { valueInteger: 1 })] },
      { valueDecimal: 0.5 },
      { valueDecimal: 0.25 },
    ],
    [
      'maxQuantity, in the same unit',
      {
        linkId: 'a',
        type: 'quantity',
        extension: [
          {
            url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-maxQuantity',
            valueQuantity: { value: 200, code: 'kg' },
          },
        ],
      },
      { valueQuantity: { value: 200, code: 'kg' } },
      { valueQuantity: { value: 201, code: 'kg' } },
    ],
  ])('hold: %s', (_, item, within, beyond) => {
    expect(found([item], [answered('a', within)])).toEqual([]);
    expect(found([item], [answered('a', beyond)])).toEqual([
      expect.stringMatching(/^error value item\[0\]\.answer\[0\]\.value/),
    ]);
  });
});
