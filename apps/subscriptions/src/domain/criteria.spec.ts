import { FhirError } from '#fhir';
import { isOfOneResource } from '#fhir-search';
import { criteriaOf } from './criteria.js';

function refusal(text: string): { status: number; faults: string[]; places: unknown[] } | undefined {
  try {
    criteriaOf(text);
    return undefined;
  } catch (fault) {
    if (!(fault instanceof FhirError)) throw fault;
    const { status, issues } = fault;
    const faults = issues.map(({ code, diagnostics }) => `${code}: ${diagnostics}`);
    return { status, faults, places: issues.map(({ expression }) => expression) };
  }
}

describe('the criteria of a Subscription', () => {
  it.each([
    'Task',
    'Task?',
    'Task?status=accepted,in-progress',
    'Task?status:not=draft&owner=Organization/a',
    'ServiceRequest?subject:missing=false',
    'Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018',
    'HealthcareService?name=walk&_lastUpdated=ge2026-01-01',
    'QuestionnaireResponse?questionnaire=https://example.org/q|1',
    'Task?_profile=https://example.org/Task',
    'Task?_id=1',
    'Task?identifier:of-type=https://example.org/t|MR|1',
    'Task?_profile:below=https://example.org/',
    'Observation?value-quantity=5',
    'Observation?code-value-quantity=mood$gt5',
  ])('may be %s', (text) => {
    expect(refusal(text)).toBeUndefined();
  });

  it('say what is asked of which type', () => {
    const { type, criteria } = criteriaOf('Task?status=accepted&owner=Organization/a');
    expect([type, criteria.filter(isOfOneResource).map(({ parameter }) => parameter.code)]).toEqual([
      'Task',
      ['status', 'owner'],
    ]);
  });

  it.each([
    ['Appointmint?status=booked', 'must begin with a resource type'],
    ['https://example.org/Task?status=accepted', 'must begin with a resource type'],
    ['?status=accepted', 'must begin with a resource type'],
    ['', 'must begin with a resource type'],
    ['Subscription?status=active', 'must begin with a resource type'],
    ['Task?statsu=accepted', "'statsu'"],
    ['Task?status:exact=accepted', "'exact'"],
    ['Task?status=', 'empty'],
    ['Task?patient.name=x', 'Chains and _has look at other resources'],
    ['Patient?_has:Observation:patient:code=1', 'Chains and _has look at other resources'],
    ['Task?code:in=https://example.org/vs', "':in' asks for the codes of a value set"],
    ['Task?code:below=https://example.org/s|a', "':below' asks for more"],
    ['Task?owner:above=1', "':above' asks for more"],
    ['Location?near=53|-1', "'near' is of type special"],
    ['Task?_include=Task:focus', "'_include' shapes the answer"],
    ['Task?status=accepted&_count=5', "'_count' shapes the answer"],
    ['Task?_sort=status', "'_sort' shapes the answer"],
    ['Task?_format=json', "'_format' shapes the answer"],
    [`Task?identifier=${'1'.repeat(2_000)}`, 'At most 2000 characters'],
  ])('may not be %s', (text, said) => {
    expect(refusal(text)).toEqual({
      status: 422,
      faults: [expect.stringContaining(said)],
      places: [['Subscription.criteria']],
    });
  });

  it('are refused with every fault at once, and no value is repeated', () => {
    const found = refusal('Patient?nosuch=9990000018&birthdate=9990000018x');
    expect(found?.faults).toHaveLength(2);
    expect(JSON.stringify(found)).not.toContain('9990000018');
  });
});
