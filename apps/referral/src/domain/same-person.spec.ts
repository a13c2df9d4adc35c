import type { Patient } from 'fhir/r4';
import { isSamePerson } from './same-person.js';

const born = '1958-04-01';

function person(birthDate: string | undefined, ...families: string[]): Patient {
  return {
    resourceType: 'Patient',
    ...(birthDate === undefined ? {} : { birthDate }),
    name: families.map((family) => ({ family })),
  };
}

function called(given: string): Patient {
  return { ...person(born), name: [{ family: 'Invented', given: [given] }] };
}

describe('two records with one NHS number', () => {
  it.each([
    ['the same name and date of birth', person(born, 'Invented'), person(born, 'Invented'), true],
    ['a name in other letters', person(born, 'O’BRIÉN'), person(born, "O'Brien"), true],
    ['one of several names', person(born, 'Invented', 'Example'), person(born, 'Example'), true],
    ['no name on one side', person(born), person(born, 'Example'), true],
    ['another family name', person(born, 'Invented'), person(born, 'Example'), false],
    ['another date of birth', person(born, 'Invented'), person('1985-04-01', 'Invented'), false],
    ['no date of birth on one side', person(undefined, 'Invented'), person(born, 'Invented'), false],
    ['no date of birth at all', person(undefined, 'Invented'), person(undefined, 'Invented'), false],
    ['another given name', called('Ann'), called('Beth'), false],
    ['no given name on one side', person(born, 'Invented'), called('Beth'), true],
    ['an initial', called('E'), called('Elizabeth'), true],
  ])('and %s are one person or not', (_, one, other, expected) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([expected, expected]);
  });
});
