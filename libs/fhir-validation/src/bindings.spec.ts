import { createValidator } from './validator.js';

const { validate } = createValidator();

const serviceRequest = {
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/1' },
};

type Row = [title: string, resource: unknown, code: string, expression: string | undefined, diagnostics: string];

function itRefuses(rows: readonly Row[]): void {
  it.each(rows)('refuses %s', (_, resource, code, expression, diagnostics) => {
    const place = expression === undefined ? {} : { expression: [expression] };
    expect(validate(resource)).toEqual([{ severity: 'error', code, diagnostics, ...place }]);
  });
}

describe('required value sets', () => {
  const condition = { resourceType: 'Condition', subject: { reference: 'Patient/1' } };
  const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
  const allowed = `allowed are active, recurrence, relapse, inactive, remission, resolved of ${clinical}.`;

  it('accepts a concept with one coding of the set among others', () => {
    const coding = [
      { system: 'http://snomed.info/sct', code: '55561003' },
      { system: clinical, code: 'active' },
    ];
    expect(validate({ ...condition, clinicalStatus: { coding } })).toEqual([]);
  });

  itRefuses([
    [
      'a code outside',
      { ...serviceRequest, status: 'bogus' },
      'code-invalid',
      'ServiceRequest.status',
      'The code "bogus" is not in the required value set: allowed are draft, active, on-hold, revoked, completed, entered-in-error, unknown.',
    ],
    [
      'a text in place of a code, without repeating it',
      { ...serviceRequest, status: 'Jane Doe' },
      'code-invalid',
      'ServiceRequest.status',
      'The code is not in the required value set: allowed are draft, active, on-hold, revoked, completed, entered-in-error, unknown.',
    ],
    [
      'a number in place of a code, without repeating it',
      { ...serviceRequest, status: '9999999999' },
      'code-invalid',
      'ServiceRequest.status',
      'The code is not in the required value set: allowed are draft, active, on-hold, revoked, completed, entered-in-error, unknown.',
    ],
    [
      'a concept outside',
      { ...condition, clinicalStatus: { coding: [{ system: clinical, code: 'bad' }] } },
      'code-invalid',
      'Condition.clinicalStatus',
      `No coding "bad" is in the required value set: ${allowed}`,
    ],
    [
      'a concept of another system',
      { ...condition, clinicalStatus: { coding: [{ system: 'http://x', code: 'active' }] } },
      'code-invalid',
      'Condition.clinicalStatus',
      `No coding "active" is in the required value set: ${allowed}`,
    ],
    [
      'a concept of words',
      { ...condition, clinicalStatus: { text: 'active' } },
      'code-invalid',
      'Condition.clinicalStatus',
      `No coding is in the required value set: ${allowed}`,
    ],
    [
      'a code of a resource type that is none',
      { resourceType: 'Questionnaire', status: 'draft', subjectType: ['Person', 'Client'] },
      'code-invalid',
      'Questionnaire.subjectType[1]',
      'The code "Client" is not in the required value set: allowed are the codes of http://hl7.org/fhir/ValueSet/resource-types.',
    ],
  ]);
});
