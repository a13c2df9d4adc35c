import { isDeepStrictEqual } from 'node:util';
import type { Organization, Patient } from 'fhir/r4';
import { error, type Issue, warning } from '#fhir';
import { deniesTrace, traceKept } from './kept-trace.js';
import { isNhsIdentifier } from './nhs-number.js';

/** What a change of a person's record is told as; undefined where it is nothing that a referral has to know. */
export function patientEvent(before: Patient, after: Patient): string | undefined {
  if (hasDied(after) && !hasDied(before)) return 'patient-died.v1';
  if (!isDeepStrictEqual(practicesOf(before), practicesOf(after))) return 'patient-practice-changed.v1';
  return isDeepStrictEqual(before.address, after.address) ? undefined : 'patient-address-changed.v1';
}

export function hasDied({ deceasedBoolean, deceasedDateTime }: Patient): boolean {
  return deceasedBoolean === true || deceasedDateTime !== undefined;
}

/**
 * The record after a message about the person: what that does not speak of and people settled is kept, as is a number that
 * was traced, and one that is not told. Links are no message's to make.
 */
export function toldAnew(before: Patient, said: Patient): Patient {
  const own = unlinked(traceKept(before, numberKept(before, said)));
  return { ...keptInSilence(before, own), ...own };
}

/** With the NHS number of the record, where the message has none: it takes none back by its silence. */
function numberKept({ identifier: known = [] }: Patient, said: Patient): Patient {
  const numbers = known.filter(isNhsIdentifier);
  const told = said.identifier ?? [];
  if (numbers.length === 0 || told.some((one) => isNhsIdentifier(one) && one.value !== undefined)) return said;
  return { ...said, identifier: [...numbers, ...told.filter((one) => !isNhsIdentifier(one))] };
}

/** The sender's links mean its own records; which records here are of one person is settled by people. */
export function unlinked(patient: Patient): Patient {
  return Object.fromEntries(Object.entries(patient).filter(([element]) => element !== 'link')) as unknown as Patient;
}

/** What of a message about the person is not kept as it was said. */
export function toldOtherwise(said: Patient, before?: Patient): Issue[] {
  return [...(said.link ? [linksOfMessage] : []), ...(before && deniesTrace(before, said) ? [staysTraced] : [])];
}

const linksOfMessage = warning(
  'informational',
  'Links between records are not taken from a message: people settle them here.',
  'Patient.link',
);

const staysTraced = warning(
  'informational',
  'This NHS number was verified before: its verification status stays 01.',
  'Patient.identifier',
);

/** What a message about a person does not take back by its silence: links, of which it has none to tell, and a death. */
export function keptInSilence(before: Patient, said: Patient): Partial<Patient> {
  const { link, deceasedBoolean, deceasedDateTime } = before;
  const isSilent = said.deceasedBoolean === undefined && said.deceasedDateTime === undefined;
  return {
    ...(link !== undefined && said.link === undefined ? { link } : {}),
    ...(isSilent && deceasedBoolean === true ? { deceasedBoolean } : {}),
    ...(isSilent && deceasedDateTime !== undefined ? { deceasedDateTime } : {}),
  };
}

/** Whether a message says of the person what the record does not: what it is silent on is no news. */
export function tellsNews(record: Patient, said: Patient): boolean {
  const known = record as unknown as Record<string, unknown>;
  const isNews = ([element, value]: [string, unknown]) =>
    !notOfPerson.includes(element) && !isDeepStrictEqual(value, known[element]);
  const isOtherPractice = !isDeepStrictEqual(practicesOf(record), practicesOf(said));
  return Object.entries(said).some(isNews) || (said.generalPractitioner !== undefined && isOtherPractice);
}

/** Of the record, not of the person; practices are compared as such. */
const notOfPerson = ['id', 'meta', 'text', 'contained', 'link', 'managingOrganization', 'generalPractitioner'];

/** Work that is asked for, or begins again, for a person who has died is a mistake, here or in the record. */
export function personIsAlive(patient: Patient | undefined, expression: string): Issue[] {
  return patient && hasDied(patient) ? [personHasDied(expression)] : [];
}

export function personHasDied(expression: string): Issue {
  const diagnostics =
    'The record of this person says that she or he has died: nothing was sent. Correct Patient.deceased first, if that is wrong.';
  return error('business-rule', diagnostics, expression);
}

/** Another name of the same practice is no other practice. One that the directory does not know stands in the record itself. */
function practicesOf({ generalPractitioner = [], contained = [] }: Patient): unknown[] {
  return generalPractitioner.map(({ reference, identifier }) => {
    const own = contained.find(({ id }) => reference === `#${id ?? ''}`) as Organization | undefined;
    return [own ? (own.identifier ?? own.name) : reference, identifier?.system, identifier?.value];
  });
}
