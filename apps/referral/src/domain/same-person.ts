import type { Patient } from 'fhir/r4';
import { nhsIdentifierOf } from './identity/nhs-number.js';

/**
 * Whether two records that share an NHS number speak of one person. A number alone may be mistyped: the date of birth must
 * agree, and where both bear family names, one of them.
 */
export function isSamePerson(one: Patient, other: Patient): boolean {
  if (one.birthDate === undefined || one.birthDate !== other.birthDate) return false;
  const [names, others] = [familyNamesOf(one), familyNamesOf(other)];
  return names.size === 0 || others.size === 0 || [...names].some((name) => others.has(name));
}

/**
 * Whether a message about the person of this record plainly speaks of somebody else. A number that was corrected, a birth date
 * that was mistyped or a name that changed is still the same person; all that differs together is not.
 */
export function isAnotherPerson(record: Patient, said: Patient): boolean {
  const [number, other] = [digitsOf(record), digitsOf(said)];
  if (number !== undefined && other !== undefined) return number !== other && !isSamePerson(record, said);
  if (record.birthDate === undefined || said.birthDate === undefined || record.birthDate === said.birthDate)
    return false;
  const [names, others] = [familyNamesOf(record), familyNamesOf(said)];
  return names.size > 0 && others.size > 0 && ![...names].some((name) => others.has(name));
}

/** Of the NHS number, also one that fails its check: most of the standard's examples do. */
function digitsOf(patient: Patient): string | undefined {
  return nhsIdentifierOf(patient)?.value?.replace(/\s/g, '');
}

/** As they compare: without case, accents, hyphens and spaces. */
function familyNamesOf({ name = [] }: Patient): ReadonlySet<string> {
  const plain = name.map(({ family = '' }) => family.normalize('NFKD').replace(/[^\p{L}]/gu, ''));
  return new Set(plain.map((family) => family.toLowerCase()).filter((family) => family !== ''));
}
