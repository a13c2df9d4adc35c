import type { Patient } from 'fhir/r4';
import { matchOf } from './person-match.js';

const nhs = (value: string) => [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value }];
const [number, another] = [nhs('9990000026'), nhs('9990000034')];
const amina: Patient = {
  resourceType: 'Patient',
  birthDate: '1961-04-09',
  name: [{ family: 'Begum-Khan', given: ['Amina'] }],
  address: [{ postalCode: 'BD21 1AA' }],
};

it.each<[string, Partial<Patient>, Partial<Patient>, string]>([
  ['number, birth date and name', { identifier: number }, { identifier: number, address: [] }, 'certain'],
  ['number and birth date, without a name', { identifier: number }, { identifier: number, name: [] }, 'certain'],
  [
    'a number in another spelling',
    { identifier: number },
    { identifier: [{ ...number[0], system: 'http://fhir.nhs.uk/id/nhs-number' }] },
    'certain',
  ],
  [
    'number of a twin',
    { identifier: number },
    { identifier: number, name: [{ family: 'Begum-Khan', given: ['Sara'] }] },
    'probable',
  ],
  [
    'number of somebody with another birth date',
    { identifier: number },
    { identifier: number, birthDate: '1999-01-01' },
    'possible',
  ],
  [
    'number of somebody else altogether',
    { identifier: number },
    { identifier: number, birthDate: '1999-01-01', name: [{ family: 'Smith' }] },
    'certainly-not',
  ],
  ['two numbers, all else the same', { identifier: number }, { identifier: another }, 'possible'],
  [
    'two numbers and another postcode',
    { identifier: number },
    { identifier: another, address: [{ postalCode: 'LS1 1AA' }] },
    'certainly-not',
  ],
  [
    'no number, all else the same',
    {},
    { name: [{ family: 'Bégum Khan', given: ['Amina'] }], address: [{ postalCode: 'bd211aa' }] },
    'probable',
  ],
  ['a short form', {}, { name: [{ family: 'Begum-Khan', given: ['Ami'] }] }, 'probable'],
  ['no number, another postcode', {}, { address: [{ postalCode: 'LS1 1AA' }] }, 'possible'],
  ['a slip in the family name', {}, { name: [{ family: 'Begum-Khen', given: ['Amina'] }] }, 'possible'],
  ['day and month swapped', {}, { birthDate: '1961-09-04' }, 'possible'],
  ['a relative at the same address', {}, { birthDate: '1990-04-09' }, 'certainly-not'],
  ['nothing but a birth date', {}, { name: [], address: [] }, 'certainly-not'],
])('grades %s', (_, one, other, grade) => {
  const both = [
    { ...amina, ...one },
    { ...amina, ...other },
  ] as const;
  expect(matchOf(...both).grade).toBe(grade);
  expect(matchOf(both[1], both[0])).toEqual(matchOf(...both));
});

it('scores what agrees', () => {
  const known = { ...amina, identifier: number };
  const scores = [known, amina, { ...amina, birthDate: '1961-09-04' }].map((other) => matchOf(known, other).score);
  expect(scores).toEqual([1, 0.6, 0.48]);
});
