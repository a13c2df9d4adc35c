import type { Patient } from 'fhir/r4';

/** Of the names and postcodes of one record, that are compared: nobody bears more. */
export const valuesAtMost = 20;

export function familiesOf({ name = [] }: Patient): string[] {
  return name.flatMap(({ family }) => plain(family ?? '')).slice(0, valuesAtMost);
}

export function givenOf({ name = [] }: Patient): string[] {
  return name.flatMap(({ given = [] }) => given.flatMap(plain)).slice(0, valuesAtMost);
}

/** One letter more, less or other; or the beginning of the longer one, as a short form is. */
export function areClose(one: string, other: string): boolean {
  const [short, long] = byLength(one, other);
  if (short.length >= 3 && long.startsWith(short)) return true;
  if (long.length - short.length > 1 || short.length < 4) return false;
  const at = Array.from(short).findIndex((letter, place) => letter !== long[place]);
  if (at < 0) return true;
  return short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1);
}

/**
 * Whether somebody is called by one name in both records: each given name of the shorter one stands in the other, too, or its
 * initial does, and one of them in full. A similar name is not enough: Mario and Maria may be twins, as may two Mohammeds whose
 * second names differ.
 */
export function haveSameGivenNames(one: Patient, other: Patient): boolean {
  const [names, others] = [givenNamesOf(one), givenNamesOf(other)];
  return names.some((given) => others.some((words) => areOfOne(given, words)));
}

/**
 * Whether both bear given names of which none may stand for another, so that they are of two people: twins share all the rest.
 * It may where it is shared, a part of the other (Beth, Elizabeth), its initial, or a letter away.
 */
export function haveOtherGivenNames(one: Patient, other: Patient): boolean {
  const [names, others] = [givenOf(one), givenOf(other)];
  if (names.length === 0 || others.length === 0) return false;
  return !names.some((name) => others.some((given) => mayBeOne(name, given)));
}

function mayBeOne(one: string, other: string): boolean {
  const [short, long] = byLength(one, other);
  return long.startsWith(short) || (short.length >= 3 && long.includes(short)) || areClose(one, other);
}

function areOfOne(some: readonly string[], others: readonly string[]): boolean {
  const [few, more] = byLength(some, others);
  const isThere = (word: string) => more.some((each) => each === word || isInitial(each, word));
  return few.some((word) => more.includes(word)) && few.every(isThere);
}

function isInitial(one: string, other: string): boolean {
  const [short, long] = byLength(one, other);
  return short.length === 1 && long.startsWith(short);
}

function byLength<T extends { length: number }>(one: T, other: T): [T, T] {
  return one.length <= other.length ? [one, other] : [other, one];
}

/** The given names of each name of the record, by the word. */
function givenNamesOf({ name = [] }: Patient): string[][] {
  const names = name.map(({ given = [] }) => given.flatMap((each) => each.split(/[\s-]+/u).flatMap(plain)));
  const borne = names.filter((words) => words.length > 0).slice(0, valuesAtMost);
  return borne.map((words) => words.slice(0, valuesAtMost));
}

/**
 * As names compare: without case, accents, hyphens and spaces. Accents are those of Latin, Greek and Cyrillic letters alone: the
 * marks of other scripts are vowels, and tell कमल from कमला.
 */
function plain(name: string): string[] {
  const letters = name.normalize('NFKD').replace(/[^\p{L}\p{M}]|[\u0300-\u036f]/gu, '');
  return letters === '' ? [] : [letters.toLowerCase()];
}
