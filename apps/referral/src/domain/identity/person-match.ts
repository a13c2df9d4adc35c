import type { Patient } from 'fhir/r4';
import { nhsNumberOf } from './nhs-number.js';
import { areClose, familiesOf, givenOf, haveOtherGivenNames, valuesAtMost } from './person-names.js';

/** http://terminology.hl7.org/CodeSystem/match-grade */
export type MatchGrade = 'certain' | 'probable' | 'possible' | 'certainly-not';

export interface PersonMatch {
  grade: MatchGrade;
  /** From 0 to 1, to sort by: what agrees, weighed. */
  score: number;
}

type Agreement = 'same' | 'close' | 'other' | 'unknown';

const weights = { number: 0.4, birthDate: 0.25, family: 0.15, given: 0.1, postcode: 0.1 };

/**
 * Whether two records speak of one person, by NHS number, date of birth, names and postcode. A number alone makes no match
 * certain, for it may be mistyped, or a twin's; two numbers that differ never make more than a possible one.
 */
export function matchOf(one: Patient, other: Patient): PersonMatch {
  const number = agreementOf(nhsNumberOf(one), nhsNumberOf(other));
  const birthDate = datesAgree(one.birthDate, other.birthDate);
  const family = namesAgree(familiesOf(one), familiesOf(other));
  const given = namesAgree(givenOf(one), givenOf(other));
  const postcode = sharesOne(postcodesOf(one), postcodesOf(other));
  const facts = { number, birthDate, family, given, postcode };
  const grade = gradeOf(facts);
  return { grade: grade === 'certain' && haveOtherGivenNames(one, other) ? 'probable' : grade, score: scoreOf(facts) };
}

type Facts = Record<keyof typeof weights, Agreement>;

function gradeOf(facts: Facts): MatchGrade {
  switch (facts.number) {
    case 'same':
      return gradeOfSameNumber(facts);
    case 'other':
      return facts.birthDate === 'same' && sharesNameAndPostcode(facts) ? 'possible' : 'certainly-not';
    default:
      return gradeWithoutNumber(facts);
  }
}

function gradeOfSameNumber({ birthDate, family }: Facts): MatchGrade {
  if (birthDate === 'same' && family !== 'other') return 'certain';
  return birthDate === 'other' && family === 'other' ? 'certainly-not' : 'possible';
}

function gradeWithoutNumber(facts: Facts): MatchGrade {
  const { birthDate, family, given, postcode } = facts;
  if (birthDate === 'other') return 'certainly-not';
  if (birthDate !== 'same') return sharesNameAndPostcode(facts) ? 'possible' : 'certainly-not';
  if (sharesNameAndPostcode(facts)) return 'probable';
  const isFamilyLike = family === 'same' || family === 'close';
  return isFamilyLike || (given === 'same' && postcode === 'same') ? 'possible' : 'certainly-not';
}

function sharesNameAndPostcode({ family, given, postcode }: Facts): boolean {
  return family === 'same' && (given === 'same' || given === 'close') && postcode === 'same';
}

function scoreOf(facts: Facts): number {
  const parts = Object.entries(weights).map(([fact, weight]) => {
    const agreement = facts[fact as keyof Facts];
    return agreement === 'same' ? weight : agreement === 'close' ? weight / 2 : 0;
  });
  return Math.round(parts.reduce((sum, part) => sum + part, 0) * 100) / 100;
}

function agreementOf(one: string | undefined, other: string | undefined): Agreement {
  if (one === undefined || other === undefined) return 'unknown';
  return one === other ? 'same' : 'other';
}

/** Day and month in the other's place, or a year alone, are close. */
function datesAgree(one = '', other = ''): Agreement {
  if (one === '' || other === '') return 'unknown';
  if (one === other) return 'same';
  const [year, month, day] = one.split('-');
  const isSwapped = other === [year, day, month].join('-');
  return isSwapped || other.startsWith(`${one}-`) || one.startsWith(`${other}-`) ? 'close' : 'other';
}

function namesAgree(some: readonly string[], others: readonly string[]): Agreement {
  if (some.length === 0 || others.length === 0) return 'unknown';
  if (some.some((name) => others.includes(name))) return 'same';
  return some.some((name) => others.some((other) => areClose(name, other))) ? 'close' : 'other';
}

function sharesOne(some: readonly string[], others: readonly string[]): Agreement {
  if (some.length === 0 || others.length === 0) return 'unknown';
  return some.some((one) => others.includes(one)) ? 'same' : 'other';
}

function postcodesOf({ address = [] }: Patient): string[] {
  const compact = address.map(({ postalCode = '' }) => postalCode.toUpperCase().replace(/[^A-Z0-9]/g, ''));
  return compact.filter((postcode) => postcode !== '').slice(0, valuesAtMost);
}
