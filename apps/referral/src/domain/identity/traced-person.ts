import type { Patient } from 'fhir/r4';
import { isDeepStrictEqual } from 'node:util';
import { error, FhirError } from '#fhir';
import { hasDied } from './patient-change.js';
import { nhsNumberOf, withVerifiedNumber } from './nhs-number.js';
import { matchOf } from './person-match.js';
import { haveSameGivenNames } from './person-names.js';

/** Whom the register has under a number, where it is the person of this record; throws where it is not. */
export function confirmedPerson(patient: Patient, registered: Patient | undefined): Patient {
  if (!registered)
    throw refused('not-found', 'The register knows nobody by this NHS number; check it with the person.');
  const number = nhsNumberOf(registered);
  // The register knows by which number it was asked, also where that was replaced.
  const known = number === undefined ? patient : withVerifiedNumber(patient, number);
  if (matchOf(known, registered).grade === 'certain') return registered;
  throw refused(
    'business-rule',
    'The register has other details under this NHS number: the number may be mistyped. Check number, date of birth and names with the person.',
  );
}

/** The one whom the register means; throws where nobody or several are meant. A guess is no trace. */
export function tracedPerson(patient: Patient, found: readonly Patient[]): Patient {
  const meant = found.filter((one) => matchOf(patient, one).grade === 'probable' && haveSameGivenNames(patient, one));
  const [only, ...others] = meant;
  if (!only) {
    throw refused(
      'not-found',
      'The register knows nobody by this name, date of birth and postcode; the person can be referred without an NHS number.',
    );
  }
  if (others.length === 0) return only;
  throw refused('multiple-matches', 'The register knows several people by these details; ask the person for more.');
}

/** The record with the number that the register gave for it, verified, and with the death that it knows of. */
export function withRegistered(patient: Patient, registered: Patient): Patient {
  const traced = withVerifiedNumber(patient, nhsNumberOf(registered) ?? '');
  if (hasDied(patient) || !hasDied(registered)) return traced;
  const { deceasedDateTime } = registered;
  return {
    ...withoutDeceased(traced),
    ...(deceasedDateTime === undefined ? { deceasedBoolean: true } : { deceasedDateTime }),
  };
}

/** The record may say that the person lives: of a choice one type stands. */
function withoutDeceased(patient: Patient): Patient {
  const others = Object.entries(patient).filter(([element]) => !/^_?deceased/.test(element));
  return Object.fromEntries(others) as unknown as Patient;
}

/** Whether both would be traced alike. */
export function hasSameIdentity(one: Patient, other: Patient): boolean {
  return (['identifier', 'name', 'birthDate', 'address'] as const).every((element) =>
    isDeepStrictEqual(one[element], other[element]),
  );
}

function refused(code: 'not-found' | 'business-rule' | 'multiple-matches', diagnostics: string): FhirError {
  return new FhirError([error(code, diagnostics, 'Patient')], { status: 422 });
}
