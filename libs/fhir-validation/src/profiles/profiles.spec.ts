import type { ElementDefinition, StructureDefinition } from 'fhir/r4';
import { createValidator, type ValidateOptions } from '../validator.js';
import { profileOf } from '../../test/profile-builder.js';

type Elements = Record<string, Omit<ElementDefinition, 'path' | 'id'>>;

/** Code, place and, without the name of the profile, the sentence of each finding by one profile. */
function found(
  profile: StructureDefinition,
  resource: unknown,
  more: { definitions?: StructureDefinition[]; options?: ValidateOptions } = {},
): string[] {
  const { validate } = createValidator({ definitions: [profile, ...(more.definitions ?? [])] });
  return validate(resource, { profiles: [profile.url], ...more.options }).map(
    ({ severity, code, expression, diagnostics }) =>
      `${severity === 'error' ? '' : `${severity} `}${code} ${String(expression?.[0])}: ${diagnostics.replace(/ \(profile [^)]*\)\.$/, '.')}`,
  );
}

const text = { text: 'x' };
const patient = { resourceType: 'Patient' };
const nhs = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '1' };

describe('what a profile asks of an element', () => {
  const rows: [title: string, elements: Elements, holds: object, breaks: object, issue: string][] = [
    [
      'that it is there',
      { 'Patient.birthDate': { min: 1 } },
      { birthDate: '2000' },
      {},
      'required Patient.birthDate: The element birthDate is required and missing.',
    ],
    [
      'how often it is there at least',
      { 'Patient.name': { min: 2 } },
      { name: [text, text] },
      { name: [text] },
      'required Patient.name: The element name is asked for at least 2 times, and here 1.',
    ],
    [
      'how often it is there at most',
      { 'Patient.name': { max: '1' } },
      { name: [text] },
      { name: [text, text] },
      'structure Patient.name: Here are 2 values; allowed are 1.',
    ],
    [
      'that it is not there',
      { 'Patient.gender': { max: '0' } },
      {},
      { gender: 'male' },
      'structure Patient.gender: Here are 1 values; none is allowed.',
    ],
    [
      'an element inside a data type',
      { 'Patient.name.family': { min: 1 } },
      { name: [{ family: 'x' }] },
      { name: [text] },
      'required Patient.name[0].family: The element family is required and missing.',
    ],
    [
      'an element of one that repeats itself',
      { 'Patient.contact.name': { min: 1 } },
      { contact: [{ name: text }] },
      { contact: [{ telecom: [{ use: 'home' }] }] },
      'required Patient.contact[0].name: The element name is required and missing.',
    ],
    [
      'one value',
      { 'Patient.gender': { fixedCode: 'female' } },
      { gender: 'female' },
      { gender: 'male' },
      'value Patient.gender: Only "female" is allowed here.',
    ],
    [
      'one object and nothing more',
      { 'Patient.maritalStatus': { fixedCodeableConcept: text } },
      { maritalStatus: text },
      { maritalStatus: { text: 'x', coding: [{ system: 'http://x', code: 'M' }] } },
      'value Patient.maritalStatus: Only {"text":"x"} is allowed here.',
    ],
    [
      'what an object holds at least',
      { 'Patient.identifier': { patternIdentifier: { system: nhs.system } } },
      { identifier: [nhs] },
      { identifier: [{ system: 'http://x', value: '1' }] },
      'value Patient.identifier[0]: The value must hold {"system":"https://fhir.nhs.uk/Id/nhs-number"}.',
    ],
    [
      'what a list in an object holds at least',
      { 'Patient.maritalStatus': { patternCodeableConcept: { coding: [{ code: 'M' }] } } },
      {
        maritalStatus: {
          coding: [
            { system: 'http://x', code: 'S' },
            { system: 'http://x', code: 'M' },
          ],
        },
      },
      { maritalStatus: { coding: [{ system: 'http://x', code: 'S' }] } },
      'value Patient.maritalStatus: The value must hold {"coding":[{"code":"M"}]}.',
    ],
    [
      'how long a text is',
      { 'Patient.name.family': { maxLength: 2 } },
      { name: [{ family: 'xx' }] },
      { name: [{ family: 'xxx' }] },
      'value Patient.name[0].family: The value has 3 characters; allowed are 2.',
    ],
    [
      'the least number',
      { 'Patient.multipleBirth[x]': { minValueInteger: 2 } },
      { multipleBirthInteger: 2 },
      { multipleBirthInteger: 1 },
      'value Patient.multipleBirth: The value is below what is allowed: 2.',
    ],
    [
      'the last day',
      { 'Patient.birthDate': { maxValueDate: '2020-06-30' } },
      { birthDate: '2020-06' },
      { birthDate: '2020-07-01' },
      'value Patient.birthDate: The value is above what is allowed: 2020-06-30.',
    ],
    [
      'the type of a choice',
      { 'Patient.deceased[x]': { type: [{ code: 'boolean' }] } },
      { deceasedBoolean: false },
      { deceasedDateTime: '2020' },
      'structure Patient.deceased: Here is a DateTime; allowed is boolean.',
    ],
    [
      'the type of a choice, named in short',
      { 'Patient.deceasedBoolean': { fixedBoolean: false } },
      { deceasedBoolean: false },
      { deceasedBoolean: true },
      'value Patient.deceased: Only false is allowed here.',
    ],
    [
      'the type that is referred to',
      {
        'Patient.generalPractitioner': {
          type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Organization'] }],
        },
      },
      { generalPractitioner: [{ reference: 'Organization/1' }] },
      { generalPractitioner: [{ reference: 'Practitioner/1' }] },
      'value Patient.generalPractitioner[0].reference: The reference is to Practitioner; allowed is Organization.',
    ],
    [
      'a rule of its own',
      {
        Patient: {
          constraint: [
            {
              key: 'own-1',
              severity: 'error',
              human: 'A name or a gender.',
              expression: 'name.exists() or gender.exists()',
            },
          ],
        },
      },
      { gender: 'male' },
      {},
      'invariant Patient: A name or a gender (Patient: own-1).',
    ],
    [
      'a rule of one of its elements',
      {
        'Patient.name': {
          constraint: [
            { key: 'own-2', severity: 'error', human: 'In capitals', expression: "family.matches('^[A-Z]+$')" },
          ],
        },
      },
      { name: [{ family: 'X' }, text] },
      { name: [{ family: 'x' }] },
      'invariant Patient.name[0]: In capitals (Patient.name: own-2).',
    ],
    [
      'a rule that is only a warning',
      {
        Patient: {
          constraint: [{ key: 'own-3', severity: 'warning', human: 'Better with a name', expression: 'name.exists()' }],
        },
      },
      { name: [text] },
      {},
      'warning invariant Patient: Better with a name (Patient: own-3).',
    ],
  ];

  it.each(rows)('%s', (_, elements, holds, breaks, issue) => {
    const profile = profileOf('Patient', elements);
    expect(found(profile, { ...patient, ...holds })).toEqual([]);
    expect(found(profile, { ...patient, ...breaks })).toEqual([issue]);
  });

  it('goes into elements that repeat themselves without end', () => {
    const profile = profileOf('Questionnaire', { 'Questionnaire.item.text': { min: 1 } });
    const item = { linkId: '1', type: 'group', text: 'x', item: [{ linkId: '2', type: 'string' }] };
    const questionnaire = { resourceType: 'Questionnaire', status: 'draft', item: [item] };
    expect(found(profile, questionnaire)).toEqual([
      'required Questionnaire.item[0].item[0].text: The element text is required and missing.',
    ]);
  });

  it('holds a contained resource to the profile of the reference', () => {
    const practitioner = profileOf('Practitioner', { 'Practitioner.name': { min: 1 } });
    const target = { type: [{ code: 'Reference', targetProfile: [practitioner.url] }] };
    const profile = profileOf('Patient', { 'Patient.generalPractitioner': target });
    const withGp = (more: object): unknown => ({
      ...patient,
      contained: [{ resourceType: 'Practitioner', id: 'p', ...more }],
      generalPractitioner: [{ reference: '#p' }],
    });
    expect(found(profile, withGp({ name: [text] }), { definitions: [practitioner] })).toEqual([]);
    expect(found(profile, withGp({}), { definitions: [practitioner] })).toEqual([
      'structure Patient.generalPractitioner[0].reference: The Practitioner that is referred to does not keep http://example.org/Practitioner.',
    ]);
  });

  it('holds the entries of a Bundle to their profiles, in circles too', () => {
    const itself = profileOf('Patient', {
      'Patient.link.other': { type: [{ code: 'Reference', targetProfile: ['http://example.org/Patient'] }] },
      'Patient.gender': { min: 1 },
    });
    const bundle = profileOf('Bundle', {
      'Bundle.entry.resource': { type: [{ code: 'Patient', profile: [itself.url] }] },
    });
    const entry = (id: string, other: string, more: object): unknown => ({
      fullUrl: `http://example.org/Patient/${id}`,
      resource: { ...patient, id, link: [{ other: { reference: `Patient/${other}` }, type: 'seealso' }], ...more },
    });
    const collection = (...entries: unknown[]): unknown => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: entries,
    });
    const female = { gender: 'female' };
    const definitions = [itself];
    expect(found(bundle, collection(entry('1', '2', female), entry('2', '1', female)), { definitions })).toEqual([]);
    expect(found(bundle, collection(entry('1', '2', female), entry('2', '1', {})), { definitions })).toEqual([
      'structure Bundle.entry[0].resource.link[0].other.reference: The Patient that is referred to does not keep http://example.org/Patient.',
      'required Bundle.entry[1].resource.gender: The element gender is required and missing.',
    ]);
    const other = {
      fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
      resource: { resourceType: 'Basic', code: text },
    };
    expect(found(bundle, collection(other), { definitions })).toEqual([
      'structure Bundle.entry[0].resource: Here is a Basic; allowed is Patient.',
    ]);
  });
});
