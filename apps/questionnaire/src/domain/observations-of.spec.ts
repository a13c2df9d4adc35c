import type { Observation, Questionnaire, QuestionnaireResponse } from 'fhir/r4';
import { createValidator } from '#fhir-validation';
import type { Scoring } from '#programmes';
import { given, instrument, mskHqAnswers, mskHqItems } from '../../test/instruments.js';
import { observationsOf } from './observations-of.js';
import { scoreResponse } from './score-response.js';

const { validate } = createValidator();

function observed(
  response: QuestionnaireResponse,
  { questionnaire, scoring }: { questionnaire: Questionnaire; scoring: Scoring },
): Observation[] {
  const observations = observationsOf(response, scoreResponse(response, questionnaire, scoring), {
    questionnaire,
    scoring,
  });
  expect(observations.flatMap((observation) => validate(observation))).toEqual([]);
  return observations;
}

const around: Partial<QuestionnaireResponse> = {
  subject: { reference: 'Patient/p' },
  authored: '2026-11-21T10:00:00Z',
  author: { reference: 'Patient/p' },
  basedOn: [{ reference: 'ServiceRequest/s' }],
};
const common = {
  resourceType: 'Observation',
  status: 'final',
  category: [
    {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey', display: 'Survey' },
      ],
    },
  ],
  basedOn: [{ reference: 'ServiceRequest/s' }],
  subject: { reference: 'Patient/p' },
  effectiveDateTime: '2026-11-21T10:00:00Z',
  issued: '2026-11-21T10:00:00Z',
  performer: [{ reference: 'Patient/p' }],
  derivedFrom: [{ reference: 'QuestionnaireResponse/r1' }],
};
const mskHq = instrument('msk-hq');
const item = (code: string, display: string) => ({
  coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/msk-hq-item', code, display }],
});
const points = (value: number) => ({ value, unit: 'score', system: 'http://unitsofmeasure.org', code: '{score}' });
const absent = (fhir: string, ours: string) => ({
  coding: [
    { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: fhir },
    { system: 'https://ginnel.org.uk/fhir/CodeSystem/score-absent-reason', code: ours },
  ],
});

describe('the Observations of an MSK-HQ', () => {
  it('are one for each item, in its order, and the total of which they are members', () => {
    const observations = observed(
      given(
        'msk-hq',
        mskHqAnswers((at) => at % 5),
        around,
      ),
      mskHq,
    );
    expect(observations.map(({ id, valueQuantity }) => [id, valueQuantity?.value])).toEqual([
      ...mskHqItems.map((linkId, at) => [`r1.${linkId}`, at % 5]),
      ['r1.total', 26],
    ]);
    expect(observations[0]).toEqual({
      ...common,
      id: 'r1.pain-day',
      code: item('pain-day', 'Pain or stiffness, day'),
      valueQuantity: points(0),
    });
    expect(observations.at(-1)).toEqual({
      ...common,
      id: 'r1.total',
      code: item('total', 'MSK-HQ total'),
      valueQuantity: points(26),
      hasMember: mskHqItems.map((linkId) => ({ reference: `Observation/r1.${linkId}` })),
    });
  });

  it('are the same when the response comes a second time', () => {
    const response = given(
      'msk-hq',
      mskHqAnswers(() => 3),
      around,
    );
    expect(observed(structuredClone(response), mskHq)).toEqual(observed(response, mskHq));
  });

  it('leave a skipped item out and say of the total that there is none, without a value', () => {
    const observations = observed(
      given('msk-hq', { ...mskHqAnswers(() => 2), sleep: null, 'days-active': 5 }, around),
      mskHq,
    );
    const answered = mskHqItems.filter((linkId) => linkId !== 'sleep');
    expect(observations.map(({ id }) => id)).toEqual([...answered, 'days-active', 'total'].map((part) => `r1.${part}`));
    expect(observations.at(-1)).toEqual({
      ...common,
      id: 'r1.total',
      code: item('total', 'MSK-HQ total'),
      dataAbsentReason: absent('unknown', 'missing-answers'),
      hasMember: answered.map((linkId) => ({ reference: `Observation/r1.${linkId}` })),
    });
    expect(observations.at(-2)).toEqual({
      ...common,
      id: 'r1.days-active',
      code: item('days-active', 'Days physically active'),
      valueQuantity: { value: 5, unit: 'days', system: 'http://unitsofmeasure.org', code: 'd' },
    });
  });

  it('say of an unreadable answer that the total is an error, and give that item none', () => {
    const response = given('msk-hq', { ...mskHqAnswers(() => 2), sleep: { system: 'urn:x', code: '2' } }, around);
    const observations = observed(response, mskHq);
    expect(observations).toHaveLength(14);
    expect(observations.at(-1)).toMatchObject({ dataAbsentReason: absent('error', 'unknown-answer') });
  });

  it('are only the total without a value where the form is another', () => {
    const response = given(
      'msk-hq',
      mskHqAnswers(() => 2),
      { ...around, questionnaire: 'https://example.org/other|1' },
    );
    expect(observed(response, mskHq)).toEqual([
      {
        ...common,
        id: 'r1.total',
        code: item('total', 'MSK-HQ total'),
        dataAbsentReason: absent('error', 'other-questionnaire'),
      },
    ]);
  });

  it.each(['in-progress', 'stopped', 'entered-in-error'] as const)('are none of a response that is %s', (status) => {
    expect(
      observed(
        given(
          'msk-hq',
          mskHqAnswers(() => 2),
          { status },
        ),
        mskHq,
      ),
    ).toEqual([]);
  });

  it('cannot be made of a response without an id', () => {
    const response = given(
      'msk-hq',
      mskHqAnswers(() => 2),
    );
    delete response.id;
    expect(() => observationsOf(response, [], mskHq)).toThrow('needs an id');
  });
});

describe('what an Observation takes over from its response', () => {
  const [first] = [{ companionship: 1 }];
  const loneliness = instrument('loneliness');
  const surroundings = (more: Partial<QuestionnaireResponse>) => {
    const [observation] = observed(given('loneliness', first, more), loneliness);
    const { subject, encounter, basedOn, partOf, performer, issued, effectiveDateTime } = observation ?? {};
    return { subject, encounter, basedOn, partOf, performer, issued, effectiveDateTime };
  };
  const nothing = surroundings({});

  it('is nothing that it does not say', () => {
    expect(Object.values(nothing)).toEqual(Array.from({ length: 7 }, () => undefined));
  });

  it('has a date without an instant where only the day is known', () => {
    expect(surroundings({ authored: '2026-11' })).toEqual({ ...nothing, effectiveDateTime: '2026-11' });
  });

  it('is no reference into the response, to a device as performer, or to what an Observation is no part of', () => {
    const here = { reference: '#p' };
    expect(
      surroundings({
        ...{ subject: here, encounter: here, author: { reference: 'Device/tablet' } },
        ...{ basedOn: [here], partOf: [{ reference: 'Observation/o' }] },
      }),
    ).toEqual(nothing);
  });

  it('is encounter, procedure and author where they fit', () => {
    const encounter = { reference: 'Encounter/e' };
    const partOf = [{ reference: 'Procedure/x' }];
    const author = { identifier: { system: 'urn:x', value: '1' }, type: 'Organization' };
    expect(surroundings({ encounter, partOf, author })).toEqual({ ...nothing, encounter, partOf, performer: [author] });
  });
});

describe('the Observations of other instruments', () => {
  it('keep "not applicable" as what was said, and leave words and reasons in the diary', () => {
    const answers = { pain: 0, sleep: 'not-applicable', feel: ['calm', 'sore'], reason: 'x', reflection: 'y' };
    const observations = observed(given('pain-diary', answers, around), instrument('pain-diary'));
    expect(
      observations.map(({ id, valueQuantity, dataAbsentReason }) => [id, valueQuantity, dataAbsentReason]),
    ).toEqual([
      ['r1.pain', points(0), undefined],
      ['r1.sleep', undefined, absent('not-applicable', 'not-applicable')],
    ]);
    expect(observations[0]?.code.coding?.map(({ system, code }) => [system, code])).toEqual([
      ['https://ginnel.org.uk/fhir/CodeSystem/pain-diary-item', 'pain'],
      ['http://loinc.org', '72514-3'],
    ]);
  });

  it('give an answer without a weight as its code', () => {
    const [direct, total] = observed(given('loneliness', { direct: 'often-or-always' }), instrument('loneliness'));
    expect(direct).toMatchObject({
      id: 'r1.direct',
      valueCodeableConcept: { coding: [{ code: 'often-or-always', display: 'Often/always' }] },
    });
    expect(total).toMatchObject({ id: 'r1.ucla-3-total', dataAbsentReason: absent('unknown', 'missing-answers') });
    expect(total).not.toHaveProperty('hasMember');
  });

  it('give every kind of marked answer its kind of value', () => {
    const marked = {
      extension: [
        {
          url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-observationExtract',
          valueBoolean: true,
        },
      ],
    };
    const types = [
      'boolean',
      'integer',
      'decimal',
      'date',
      'dateTime',
      'time',
      'string',
      'quantity',
      'attachment',
    ] as const;
    const questionnaire: Questionnaire = {
      ...{ resourceType: 'Questionnaire', status: 'active', url: 'urn:form', version: '1' },
      item: types.map((type) => ({ ...marked, linkId: type, type, code: [{ system: 'urn:code', code: type }] })),
    };
    const response: QuestionnaireResponse = {
      ...{ resourceType: 'QuestionnaireResponse', id: 'r1', status: 'completed', questionnaire: 'urn:form|1' },
      item: [
        { linkId: 'boolean', answer: [{ valueBoolean: false }] },
        { linkId: 'integer', answer: [{ valueInteger: 0 }] },
        { linkId: 'decimal', answer: [{ valueDecimal: 0.5 }] },
        { linkId: 'date', answer: [{ valueDate: '2026' }] },
        { linkId: 'dateTime', answer: [{ valueDateTime: '2026-01-02T03:04:05Z' }] },
        { linkId: 'time', answer: [{ valueTime: '09:00:00' }] },
        { linkId: 'string', answer: [{ valueString: 'x' }] },
        { linkId: 'quantity', answer: [{ valueQuantity: { value: 70, unit: 'kg' } }] },
        { linkId: 'attachment', answer: [{ valueAttachment: { title: 'x' } }] },
      ],
    };
    const scoring: Scoring = { instrument: 'urn:form|1', items: [], notApplicable: [], totals: [] };
    const values = observed(response, { questionnaire, scoring }).map((observation) =>
      Object.entries(observation).find(([name]) => name.startsWith('value')),
    );
    expect(values).toEqual([
      ['valueBoolean', false],
      ['valueInteger', 0],
      ['valueQuantity', { value: 0.5 }],
      ['valueDateTime', '2026'],
      ['valueDateTime', '2026-01-02T03:04:05Z'],
      ['valueTime', '09:00:00'],
      ['valueString', 'x'],
      ['valueQuantity', { value: 70, unit: 'kg' }],
    ]);
  });
});
