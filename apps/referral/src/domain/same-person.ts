import type { Patient } from 'fhir/r4';

/**
 * Whether two records that share an NHS number speak of one person. A number alone may be mistyped: the date of birth must
 * agree, and where both bear family names, one of them.
 */
export function isSamePerson(one: Patient, other: Patient): boolean {
  if (one.birthDate === undefined || one.birthDate !== other.birthDate) return false;
  const [names, others] = [familyNamesOf(one), familyNamesOf(other)];
  return names.size === 0 || others.size === 0 || [...names].some((name) => others.has(name));
}

/** As they compare: without case, accents, hyphens and spaces. */
function familyNamesOf({ name = [] }: Patient): ReadonlySet<string> {
  const plain = name.map(({ family = '' }) => family.normalize('NFKD').replace(/[^\p{L}]/gu, ''));
  return new Set(plain.map((family) => family.toLowerCase()).filter((family) => family !== ''));
}
