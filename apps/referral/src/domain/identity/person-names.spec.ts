import type { Patient } from 'fhir/r4';
import { familiesOf, haveOtherGivenNames, haveSameGivenNames } from './person-names.js';

describe('given names', () => {
  it.each<[string, string[], string[], boolean]>([
    ['one name', ['Mario'], ['MARIO'], true],
    ['a similar one', ['Mario'], ['Maria'], false],
    ['a short form', ['Sam'], ['Samantha'], false],
    ['a second name on one side', ['Jörg'], ['Jorg', 'Peter'], true],
    ['the initial of a second name', ['Mary', 'A.'], ['Mary', 'Ann'], true],
    ['an initial alone', ['M'], ['Mary'], false],
    ['other second names', ['Mohammed', 'Ali'], ['Mohammed', 'Hassan'], false],
    ['one name in one word or two', ['Mary-Ann'], ['Mary', 'Ann'], true],
    ['another vowel', ['कमल'], ['कमला'], false],
    ['none on one side', [], ['Mario'], false],
  ])('are the same or not: %s', (_, given, others, expected) => {
    const [one, other] = [named({ given }), named({ given: others })];
    expect([haveSameGivenNames(one, other), haveSameGivenNames(other, one)]).toEqual([expected, expected]);
  });

  it.each<[string, string[], string[], boolean]>([
    ['two names', ['Ann'], ['Beth'], true],
    ['two names, each with a second one', ['Ann', 'Rose'], ['Beth', 'May'], true],
    ['none on one side', [], ['Beth'], false],
    ['the same names in another order', ['Ann', 'Rose'], ['Rose', 'Ann'], false],
    ['a name and its initial', ['A.'], ['Ann'], false],
    ['a name and its beginning', ['Jo'], ['Josephine'], false],
    ['a name and a part of it', ['Beth'], ['Elizabeth'], false],
    ['a slip', ['Amina'], ['Amena'], false],
  ])('are of two people or not: %s', (_, given, others, expected) => {
    const [one, other] = [named({ given }), named({ given: others })];
    expect([haveOtherGivenNames(one, other), haveOtherGivenNames(other, one)]).toEqual([expected, expected]);
  });

  it('are looked for in each name of the record', () => {
    const record = named({ use: 'official', given: ['Mario'] }, { use: 'nickname', given: ['Super'] });
    expect(haveSameGivenNames(record, named({ given: ['Mario', 'Luigi'] }))).toBe(true);
  });
});

it('compares names without accents, and never without the vowels of a script', () => {
  const families = ['O’BRIÉN', 'Ангелкий', 'Παπαδόπουλος', 'राम', 'रमा'].map(
    (family) => familiesOf(named({ family }))[0],
  );
  expect(families).toEqual(['obrien', 'ангелкии', 'παπαδοπουλος', 'राम', 'रमा']);
});

function named(...name: NonNullable<Patient['name']>): Patient {
  return { resourceType: 'Patient', name };
}
