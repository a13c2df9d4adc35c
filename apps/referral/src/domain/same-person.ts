import type { Patient } from 'fhir/r4';
import { nhsIdentifierOf } from './identity/nhs-number.js';
import { familiesOf, haveOtherGivenNames } from './identity/person-names.js';

/**
 * Whether two records that share an NHS number speak of one person. A number alone may be mistyped, or a twin's: the date of
 * birth must agree, and where both bear family or given names, one of each; of the given names a short form or an initial may.
 */
export function isSamePerson(one: Patient, other: Patient): boolean {
  return bearsSameDetails(one, other) && !haveOtherGivenNames(one, other);
}

/** The same of two versions of one record: a given name that is corrected makes nobody a twin. */
export function bearsSameDetails(one: Patient, other: Patient): boolean {
  if (one.birthDate === undefined || one.birthDate !== other.birthDate) return false;
  return !haveOtherFamilies(one, other);
}

/** Whether a message about the person of this record plainly speaks of that one: where both bear NHS numbers, they are the same. */
export function isPersonOf(record: Patient, said: Patient): boolean {
  const [number, other] = [digitsOf(record), digitsOf(said)];
  return (number === undefined || other === undefined || number === other) && isSamePerson(record, said);
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
  return haveOtherFamilies(record, said);
}

/** Whether both bear family names, and share none. */
function haveOtherFamilies(one: Patient, other: Patient): boolean {
  const [names, others] = [familiesOf(one), familiesOf(other)];
  return names.length > 0 && others.length > 0 && !names.some((name) => others.includes(name));
}

/** Of the NHS number, also one that fails its check: most of the standard's examples do. */
function digitsOf(patient: Patient): string | undefined {
  return nhsIdentifierOf(patient)?.value?.replace(/\s/g, '');
}
