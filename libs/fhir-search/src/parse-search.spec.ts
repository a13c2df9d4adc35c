import { idParameter, searchParameter } from './parameters.js';
import { parseSearch } from './parse-search.js';
import type { Criterion, ParameterCriterion, SearchParameter } from './search.js';

function parse(type: string, query: string) {
  return parseSearch(type, new URLSearchParams(query), { lenient: false }).query;
}

function criteria(type: string, query: string) {
  return parse(type, query)
    .criteria.map(ownCriterion)
    .map(({ parameter, ...criterion }) => ({ code: parameter.code, ...criterion }));
}

function ownCriterion(criterion: Criterion): ParameterCriterion {
  if (!('parameter' in criterion)) throw new Error('It leads to other resources.');
  return criterion;
}

function parameter(type: string, code: string): SearchParameter {
  const found = searchParameter(type, code);
  if (found === undefined) throw new Error(`${type} has no ${code}`);
  return found;
}

const day = { low: new Date('2026-03-14T00:00:00.000Z'), high: new Date('2026-03-15T00:00:00.000Z') };
const hour = 3_600_000;

describe('a search', () => {
  it('without parameters asks for the first fifty', () => {
    expect(parse('Task', '')).toEqual({
      type: 'Task',
      criteria: [],
      includes: [],
      sort: [],
      count: 50,
      total: 'none',
      applied: new URLSearchParams(),
    });
  });

  it('is understood as a whole', () => {
    const query =
      'status=requested,received&owner=Organization/o1&_sort=-authored-on,_id&_count=20&_total=accurate' +
      '&_include=Task:focus:ServiceRequest&_revinclude=Task:part-of&_cursor=abc&_format=json';
    expect(parse('Task', query)).toEqual({
      type: 'Task',
      criteria: [
        {
          parameter: parameter('Task', 'status'),
          values: [
            { type: 'token', value: 'requested' },
            { type: 'token', value: 'received' },
          ],
        },
        { parameter: parameter('Task', 'owner'), values: [{ type: 'reference', value: 'Organization/o1' }] },
      ],
      includes: [
        { reverse: false, source: 'Task', parameter: parameter('Task', 'focus'), target: 'ServiceRequest' },
        { reverse: true, source: 'Task', parameter: parameter('Task', 'part-of') },
      ],
      sort: [
        { parameter: parameter('Task', 'authored-on'), descending: true },
        { parameter: idParameter, descending: false },
      ],
      count: 20,
      total: 'accurate',
      cursor: 'abc',
      applied: new URLSearchParams(query.replace('&_format=json', '')),
    });
  });
});

describe('a criterion', () => {
  it.each<[string, string, object]>([
    ['Task', 'status=a|b', { code: 'status', values: [{ type: 'token', system: 'a', value: 'b' }] }],
    ['Task', 'status=|b', { code: 'status', values: [{ type: 'token', system: '', value: 'b' }] }],
    ['Task', 'status=a|', { code: 'status', values: [{ type: 'token', system: 'a' }] }],
    ['Task', 'status:not=a', { code: 'status', modifier: 'not', values: [{ type: 'token', value: 'a' }] }],
    ['Task', 'identifier=s|a\\,b', { code: 'identifier', values: [{ type: 'token', system: 's', value: 'a,b' }] }],
    ['Task', 'identifier=a\\|b\\$\\\\', { code: 'identifier', values: [{ type: 'token', value: 'a|b$\\' }] }],
    ['Task', 'part-of:missing=false', { code: 'part-of', modifier: 'missing', missing: false, values: [] }],
    [
      'Task',
      '_id=1,2',
      {
        code: '_id',
        values: [
          { type: 'token', value: '1' },
          { type: 'token', value: '2' },
        ],
      },
    ],
    ['Task', 'patient=1', { code: 'patient', values: [{ type: 'reference', value: 'Patient/1' }] }],
    ['Task', 'patient=Patient/1/_history/4', { code: 'patient', values: [{ type: 'reference', value: 'Patient/1' }] }],
    ['Task', 'subject:Patient=1', { code: 'subject', values: [{ type: 'reference', value: 'Patient/1' }] }],
    ['Task', 'subject:Patient=Patient/1', { code: 'subject', values: [{ type: 'reference', value: 'Patient/1' }] }],
    [
      'Task',
      'focus=https://x.example/Task/1',
      { code: 'focus', values: [{ type: 'reference', value: 'https://x.example/Task/1' }] },
    ],
    ['Task', 'focus=urn:uuid:1', { code: 'focus', values: [{ type: 'reference', value: 'urn:uuid:1' }] }],
    [
      'QuestionnaireResponse',
      'questionnaire=https://x.example/Q|1.0',
      { code: 'questionnaire', values: [{ type: 'reference', value: 'https://x.example/Q|1.0' }] },
    ],
    [
      'Task',
      'patient:identifier=https://fhir.nhs.uk/Id/nhs-number|9000000009',
      {
        code: 'patient',
        modifier: 'identifier',
        values: [{ type: 'token', system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9000000009' }],
      },
    ],
    ['Patient', 'name=%20Zo%C3%AB%20%20X', { code: 'name', values: [{ type: 'string', value: 'zoe x' }] }],
    [
      'Patient',
      'name:exact=Zo%C3%AB',
      { code: 'name', modifier: 'exact', values: [{ type: 'string', value: 'zoe', exact: 'Zoë' }] },
    ],
    ['Patient', 'name:contains=OE', { code: 'name', modifier: 'contains', values: [{ type: 'string', value: 'oe' }] }],
    [
      'ValueSet',
      'url=https://x.example/a|b',
      { code: 'url', values: [{ type: 'uri', value: 'https://x.example/a|b' }] },
    ],
    ['Task', 'authored-on=2026-03-14', { code: 'authored-on', values: [{ type: 'date', prefix: 'eq', ...day }] }],
    ['Task', '_lastUpdated=ge2026-03-14', { code: '_lastUpdated', values: [{ type: 'date', prefix: 'ge', ...day }] }],
    [
      'Task',
      'authored-on=ap2026-03-14',
      {
        code: 'authored-on',
        values: [
          {
            type: 'date',
            prefix: 'ap',
            low: new Date(day.low.getTime() - 24 * hour),
            high: new Date(day.high.getTime() + 24 * hour),
          },
        ],
      },
    ],
    [
      'Task',
      'authored-on=lt2026-07-01T00:00:00%2B01:00',
      {
        code: 'authored-on',
        values: [
          {
            type: 'date',
            prefix: 'lt',
            low: new Date('2026-06-30T23:00:00.000Z'),
            high: new Date('2026-06-30T23:00:01.000Z'),
          },
        ],
      },
    ],
    [
      'Observation',
      'value-quantity=gt5.4|http://unitsofmeasure.org|mg',
      {
        code: 'value-quantity',
        values: [
          { type: 'number', prefix: 'gt', low: 5.4, high: 5.4, system: 'http://unitsofmeasure.org', unit: 'mg' },
        ],
      },
    ],
    [
      'Observation',
      'value-quantity=le7||mg',
      { code: 'value-quantity', values: [{ type: 'number', prefix: 'le', low: 7, high: 7, unit: 'mg' }] },
    ],
    [
      'Observation',
      'code-value-quantity=s|a$gt5.4||mg,b\\$c$2',
      {
        code: 'code-value-quantity',
        values: [
          {
            type: 'composite',
            parts: [
              { type: 'token', system: 's', value: 'a' },
              { type: 'number', prefix: 'gt', low: 5.4, high: 5.4, unit: 'mg' },
            ],
          },
          {
            type: 'composite',
            parts: [
              { type: 'token', value: 'b$c' },
              expect.objectContaining({ type: 'number', prefix: 'eq', low: 1.5 }),
            ],
          },
        ],
      },
    ],
    [
      'Observation',
      'code-value-date=a$ge2026-03-14',
      {
        code: 'code-value-date',
        values: [
          {
            type: 'composite',
            parts: [
              { type: 'token', value: 'a' },
              { type: 'date', prefix: 'ge', ...day },
            ],
          },
        ],
      },
    ],
    ['Task', '_tag=s|t', { code: '_tag', values: [{ type: 'token', system: 's', value: 't' }] }],
    ['Task', '_security=R', { code: '_security', values: [{ type: 'token', value: 'R' }] }],
    [
      'Task',
      '_source=https://x.example/a',
      { code: '_source', values: [{ type: 'uri', value: 'https://x.example/a' }] },
    ],
    [
      'Task',
      '_profile=https://x.example/P',
      { code: '_profile', values: [{ type: 'uri', value: 'https://x.example/P' }] },
    ],
  ])('of %s, %s', (type, query, expected) => {
    expect(criteria(type, query)).toEqual([expected]);
  });

  it('spells a bare id out for each type that it may be of and that is served here', () => {
    const [found] = criteria('Task', 'owner=1');
    expect(found?.values.map((value) => 'value' in value && value.value).sort()).toEqual([
      'Device/1',
      'HealthcareService/1',
      'Organization/1',
      'Patient/1',
      'Practitioner/1',
      'PractitionerRole/1',
      'RelatedPerson/1',
    ]);
  });

  it('finds an own resource by its whole address, too', () => {
    const query = new URLSearchParams({ focus: 'https://own.example/fhir/Task/1' });
    const { criteria: found } = parseSearch('Task', query, {
      lenient: false,
      baseUrl: 'https://own.example/fhir',
    }).query;
    expect(found.map(ownCriterion)[0]?.values).toEqual([
      { type: 'reference', value: 'Task/1' },
      { type: 'reference', value: 'https://own.example/fhir/Task/1' },
    ]);
  });

  it('is repeated for and, and holds commas for or', () => {
    expect(criteria('Task', 'code=a&code=b,c').map(({ values }) => values.length)).toEqual([1, 2]);
  });
});
