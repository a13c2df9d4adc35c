import { createValidator } from './validator.js';

const { validate } = createValidator();

const task = { resourceType: 'Task', status: 'requested', intent: 'order' };
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

describe('the type of a resource', () => {
  it('accepts the smallest resource of each kind', () => {
    expect([task, serviceRequest, { resourceType: 'Patient' }].flatMap((resource) => validate(resource))).toEqual([]);
  });

  it('accepts only the type that the address takes', () => {
    expect(validate(task, { expectedType: 'Task' })).toEqual([]);
    expect(validate(task, { expectedType: 'Patient' })).toEqual([
      { severity: 'error', code: 'invalid', expression: ['Task'], diagnostics: 'Here is "Task"; allowed is Patient.' },
    ]);
  });

  itRefuses([
    ['nothing', undefined, 'structure', undefined, 'Here stands nothing; allowed is a resource, a JSON object.'],
    ['a list', [task], 'structure', undefined, 'Here stands an array; allowed is a resource, a JSON object.'],
    ['no type', {}, 'structure', undefined, 'The property resourceType with the name of a resource type is missing.'],
    [
      'a type of no FHIR',
      { resourceType: 'Referral' },
      'structure',
      undefined,
      '"Referral" is no resource type of FHIR R4.',
    ],
    [
      'an abstract type',
      { resourceType: 'DomainResource' },
      'structure',
      undefined,
      '"DomainResource" is no resource type of FHIR R4.',
    ],
    [
      'a type that is a text',
      { resourceType: 'Jane Doe' },
      'structure',
      undefined,
      'The resourceType is no resource type of FHIR R4.',
    ],
    [
      'a property of all objects as type',
      { resourceType: 'constructor' },
      'structure',
      undefined,
      '"constructor" is no resource type of FHIR R4.',
    ],
    [
      'a type that is not served',
      { resourceType: 'Claim' },
      'not-supported',
      'Claim',
      'Resources of type Claim are not supported here.',
    ],
  ]);
});

describe('elements', () => {
  itRefuses([
    [
      'an unknown element, naming the nearest',
      { ...task, statuss: 'x' },
      'structure',
      'Task.statuss',
      'The element "statuss" is not known here; the nearest known is "status".',
    ],
    [
      'an unknown element deep inside',
      { ...task, restriction: { repetitions: 1, perod: {} } },
      'structure',
      'Task.restriction.perod',
      'The element "perod" is not known here; the nearest known is "period".',
    ],
    [
      'an element in capitals',
      { ...serviceRequest, PatientInstruction: 'x' },
      'structure',
      'ServiceRequest.PatientInstruction',
      'The element "PatientInstruction" is not known here; the nearest known is "patientInstruction".',
    ],
    [
      'an unknown element with nothing like it',
      { resourceType: 'Patient', contact: [{ name: { zzzzzz: 1 } }] },
      'structure',
      'Patient.contact[0].name.zzzzzz',
      'The element "zzzzzz" is not known here; known are id, extension, use, text, family, given, prefix, suffix, period.',
    ],
    [
      'a name that is no name, without repeating it',
      { ...task, 'Jane Doe': 1 },
      'structure',
      'Task',
      'Here is an element whose name is not one of FHIR.',
    ],
    [
      'an element of a backbone that repeats another',
      {
        resourceType: 'Questionnaire',
        status: 'draft',
        item: [{ linkId: '1', type: 'group', item: [{ linkId: '2', type: 'string', txt: 'x' }] }],
      },
      'structure',
      'Questionnaire.item[0].item[0].txt',
      'The element "txt" is not known here; the nearest known is "text".',
    ],
    [
      'what the FHIR package of the build adds to R4',
      { ...task, meta: { project: 'x' } },
      'structure',
      'Task.meta.project',
      'The element "project" is not known here; known are id, extension, versionId, lastUpdated, source, profile, security, tag.',
    ],
    [
      'a missing element',
      { resourceType: 'Task', status: 'requested' },
      'required',
      'Task.intent',
      'The element intent is required and missing.',
    ],
    [
      'a missing element deep inside',
      { resourceType: 'Patient', link: [{ type: 'seealso' }] },
      'required',
      'Patient.link[0].other',
      'The element other is required and missing.',
    ],
    [
      'a missing choice',
      { ...task, input: [{ type: { text: 'x' } }] },
      'required',
      'Task.input[0].value',
      'The element value[x] is required and missing.',
    ],
    [
      'an object where a list is asked',
      { ...serviceRequest, basedOn: { reference: 'CarePlan/1' } },
      'structure',
      'ServiceRequest.basedOn',
      'Here stands an object; this element takes an array, also for one value.',
    ],
    [
      'a list where one is asked',
      { ...serviceRequest, subject: [{ reference: 'Patient/1' }] },
      'structure',
      'ServiceRequest.subject',
      'Here stands an array; this element takes one value, without brackets.',
    ],
    [
      'a text where an object is asked',
      { ...serviceRequest, subject: 'Patient/1' },
      'structure',
      'ServiceRequest.subject',
      'Here stands a string; allowed is an object.',
    ],
    [
      'an empty object',
      { ...task, code: {} },
      'structure',
      'Task.code',
      'An empty object says nothing: leave the element out (ele-1).',
    ],
    [
      'an object with only an id',
      { ...task, code: { id: 'a' } },
      'structure',
      'Task.code',
      'An element needs more than an id (ele-1).',
    ],
    [
      'an empty list',
      { ...task, note: [] },
      'structure',
      'Task.note',
      'An empty array says nothing: leave the element out.',
    ],
    [
      'null',
      { ...task, code: null },
      'structure',
      'Task.code',
      'Here stands null, which says nothing: leave the element out.',
    ],
    [
      'null in a list of objects',
      { ...task, note: [null] },
      'structure',
      'Task.note[0]',
      'Here stands null, which says nothing: leave the element out. A null in a list keeps the place of a value that has only extensions.',
    ],
    [
      'two types of one choice',
      { resourceType: 'Patient', deceasedBoolean: true, deceasedDateTime: '2026' },
      'structure',
      'Patient.deceased',
      'Both deceasedBoolean and deceasedDateTime are given; deceased[x] takes one type.',
    ],
    [
      'two types of one choice, one of them by extension',
      {
        resourceType: 'Patient',
        deceasedBoolean: true,
        _deceasedDateTime: { extension: [{ url: 'http://x', valueCode: 'a' }] },
      },
      'structure',
      'Patient.deceased',
      'Both deceasedBoolean and deceasedDateTime are given; deceased[x] takes one type.',
    ],
    [
      'a choice without its type',
      { resourceType: 'Patient', deceased: true },
      'structure',
      'Patient.deceased',
      'The element "deceased" is not known here; it is written with one of its types: deceasedBoolean, deceasedDateTime.',
    ],
    [
      'a choice of a type it does not have',
      { resourceType: 'Patient', deceasedString: 'x' },
      'structure',
      'Patient.deceasedString',
      'The element "deceasedString" is not known here; it is written with one of its types: deceasedBoolean, deceasedDateTime.',
    ],
    [
      'a comparator in a SimpleQuantity',
      {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        referenceRange: [{ low: { value: 1, comparator: '<' } }],
      },
      'structure',
      'Observation.referenceRange[0].low.comparator',
      'This element is not allowed here.',
    ],
  ]);
});

describe('privacy', () => {
  it('repeats no value of the resource in any fault', () => {
    const secret = 'Zaphod';
    const issues = validate({
      resourceType: 'Patient',
      id: `${secret} 9999999999`,
      gender: `${secret} B`,
      birthDate: secret,
      name: [{ given: secret, [`${secret} x`]: secret }],
      identifier: [{ use: `${secret} C`, system: ` ${secret}` }],
      text: { status: 'generated', div: `<div>${secret}</div>` },
      managingOrganization: { reference: `${secret} D` },
    });
    expect(issues).toHaveLength(9);
    expect(JSON.stringify(issues)).not.toContain(secret);
  });
});
