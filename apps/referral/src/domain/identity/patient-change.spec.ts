import type { Organization, Patient } from 'fhir/r4';
import { keptInSilence, patientEvent } from './patient-change.js';

const patient: Patient = {
  resourceType: 'Patient',
  generalPractitioner: [{ reference: 'Organization/one', display: 'One' }],
  address: [{ postalCode: 'BD21 1AA' }],
};

it.each<[string, Partial<Patient>, string | undefined]>([
  ['nothing', {}, undefined],
  ['a telephone number', { telecom: [{ system: 'phone', value: '01632 960000' }] }, undefined],
  [
    'the name of the practice',
    { generalPractitioner: [{ reference: 'Organization/one', display: 'First' }] },
    undefined,
  ],
  ['the practice', { generalPractitioner: [{ reference: 'Organization/two' }] }, 'patient-practice-changed.v1'],
  ['the practice and the address', { generalPractitioner: [], address: [] }, 'patient-practice-changed.v1'],
  ['the address', { address: [{ postalCode: 'LS1 1AA' }] }, 'patient-address-changed.v1'],
  ['a death', { deceasedDateTime: '2026-11-20', address: [] }, 'patient-died.v1'],
  ['a death that is denied', { deceasedBoolean: false }, undefined],
])('tells of a change of %s', (_, change, event) => {
  expect(patientEvent(patient, { ...patient, ...change })).toBe(event);
});

it('tells of a death once', () => {
  expect(patientEvent({ ...patient, deceasedBoolean: true }, { ...patient, deceasedDateTime: '2026-11-20' })).toBe(
    undefined,
  );
});

it('tells of another practice that the directory does not know', () => {
  const at = (value: string): Patient => ({
    resourceType: 'Patient',
    contained: [{ resourceType: 'Organization', id: 'sent-1', identifier: [{ value }] } as Organization],
    generalPractitioner: [{ reference: '#sent-1' }],
  });
  expect([patientEvent(at('B83620'), at('B83620')), patientEvent(at('B83620'), at('B83621'))]).toEqual([
    undefined,
    'patient-practice-changed.v1',
  ]);
});

it('keeps links and a death where a newer word is silent of them, and nowhere else', () => {
  const link = [{ type: 'seealso' as const, other: { reference: 'Patient/2' } }];
  const before: Patient = { ...patient, link, deceasedDateTime: '2026-11-20' };
  expect([
    keptInSilence(before, patient),
    keptInSilence(before, { ...before, link: [], deceasedBoolean: false }),
  ]).toEqual([{ link, deceasedDateTime: '2026-11-20' }, {}]);
});
