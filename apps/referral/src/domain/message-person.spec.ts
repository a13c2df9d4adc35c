import type { Consent, FhirResource, Flag, Patient, Reference } from 'fhir/r4';
import { elementsOfPerson, isOfPerson, namesPerson } from './message-person.js';

const nhsNumber = 'https://fhir.nhs.uk/Id/nhs-number';
const patient: Patient = {
  resourceType: 'Patient',
  identifier: [{ system: nhsNumber, value: '999 000 0026' }, { value: 'no system' }],
};
const mother: FhirResource = { resourceType: 'RelatedPerson', patient: { reference: 'urn:patient' } };
const place: FhirResource = { resourceType: 'Location' };
const flag = (subject: Reference): Flag => ({ resourceType: 'Flag', status: 'active', code: {}, subject });
const onPlace = flag({ reference: 'urn:place' });
const ofNobody = flag({ reference: 'Patient/of-somebody' });
const entries = new Map<string, FhirResource>([
  ['urn:patient', patient],
  ['urn:mother', mother],
  ['urn:place', place],
  ['urn:on-place', onPlace],
  ['urn:of-nobody', ofNobody],
]);
const person = { patient, resolve: ({ reference = '' }: Reference) => entries.get(reference) };
const demographics = 'https://api.service.nhs.uk/personal-demographics/FHIR/R4/Patient';

describe('the person of a message', () => {
  it.each<[string, Reference, boolean]>([
    ['the entry', { reference: 'urn:patient' }, true],
    ['the NHS number', { identifier: { system: 'http://fhir.nhs.uk/id/nhs-number', value: '9990000026' } }, true],
    ['the number’s address', { reference: `${demographics}/9990000026` }, true],
    ['both', { reference: `${demographics}/9990000026`, identifier: { system: nhsNumber, value: '9990000026' } }, true],
    ['another number', { identifier: { system: nhsNumber, value: '9990000034' } }, false],
    ['another number’s address', { reference: `${demographics}/9990000034` }, false],
    [
      'two that differ',
      { reference: `${demographics}/9990000026`, identifier: { system: nhsNumber, value: '9990000034' } },
      false,
    ],
    ['an address elsewhere', { reference: 'https://else.example/Patient/9990000026' }, false],
    ['the sender’s own', { reference: 'Patient/of-somebody' }, false],
    ['another entry', { reference: 'urn:mother', identifier: { system: nhsNumber, value: '9990000026' } }, false],
    ['a value alone', { identifier: { system: nhsNumber } }, false],
    ['a name', { display: 'somebody' }, false],
  ])('is named by %s: %j is %s', (_, reference, expected) => {
    expect(namesPerson(reference, person)).toBe(expected);
  });

  it.each<[string, Reference, boolean]>([
    ['the person', { reference: 'urn:patient' }, true],
    ['a place', { reference: 'urn:place' }, true],
    ['what is about a place', { reference: 'urn:on-place' }, true],
    ['what is about nobody known', { reference: 'urn:of-nobody' }, false],
    ['a relative', { reference: 'urn:mother' }, false],
    ['nobody known', { reference: 'Location/of-somebody' }, false],
  ])('is whom a part is of that is about %s: %j', (_, subject, expected) => {
    expect(isOfPerson(flag(subject), person)).toBe(expected);
  });

  it('is known by their own name, and a thing is none', () => {
    const consent: Consent = { resourceType: 'Consent', status: 'active', scope: {}, category: [] };
    expect(elementsOfPerson(consent, person)).toEqual(['patient']);
    expect(elementsOfPerson({ ...consent, patient: { reference: 'urn:patient' } }, person)).toEqual([]);
    expect(elementsOfPerson(flag({ reference: `${demographics}/9990000026` }), person)).toEqual(['subject']);
    expect(isOfPerson({ ...consent, patient: { reference: 'urn:place' } }, person)).toBe(false);
  });
});
